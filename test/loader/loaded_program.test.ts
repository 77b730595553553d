import { describe, expect, it } from 'vitest'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadedObject } from '../../src/loader/loaded_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { BpfKernel } from './bpf_kernel.ts'
import { smallSpec } from './small_object.ts'

const load = (kernel = new BpfKernel()): LoadedObject => loadObject(smallSpec(), { kernel })

describe('LoadedProgram.attach', () => {
  it('attaches one program to what its section says', () => {
    using object = load()
    const link = object.program('on_exit').attach()
    expect(link.target).toBe('tracepoint sched/sched_process_exit')
    expect(object.links).toEqual([link])
    expect(object.attach().map(({ program }) => program)).toEqual(['on_exec'])
  })

  it('attaches it to another target, and to several', () => {
    using object = load()
    const program = object.program('on_exit')
    program.attach({ kind: 'tracepoint', category: 'sched', name: 'sched_process_exec' })
    program.attach()
    expect(object.links.map(({ target }) => target)).toEqual([
      'tracepoint sched/sched_process_exec',
      'tracepoint sched/sched_process_exit',
    ])
  })

  it('makes a link that is closed with the object', () => {
    const kernel = new BpfKernel()
    const object = load(kernel)
    const link = object.program('on_exit').attach()
    object.close()
    expect(link.detached).toBe(true)
    expect(kernel.descriptors.size).toBe(0)
  })

  it('is refused once the object or the program is closed', () => {
    const object = load()
    const [first, second] = [object.program('on_exec'), object.program('on_exit')]
    first.close()
    bpfErrorOf('DESCRIPTOR_CLOSED', () => first.attach())
    object.close()
    bpfErrorOf('OBJECT_CLOSED', () => second.attach())
  })
})
