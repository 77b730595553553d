import { describe, expect, it } from 'vitest'
import { LoadError } from '../../src/loader/load_error.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadStep } from '../../src/loader/steps.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { type Answer, BpfKernel, fail, refuse, refusingMap, u32 } from './bpf_kernel.ts'
import { smallDescription, smallSpec } from './small_object.ts'

const BPF_F_MMAPABLE = 1 << 10

/** Where `map_flags` is in `union bpf_attr`. */
const MAP_FLAGS = 16

/** A kernel before 5.5, which does not know BPF_F_MMAPABLE. */
function kernelWithoutMmap(): BpfKernel {
  const kernel = new BpfKernel()
  const create: Answer = (attr) =>
    (u32(attr, MAP_FLAGS) & BPF_F_MMAPABLE) === 0
      ? kernel.usually('BPF_MAP_CREATE', attr)
      : fail('bpf', 'BPF_MAP_CREATE', 22)
  kernel.answers.BPF_MAP_CREATE = create
  return kernel
}

function onlyReadOnlyData(): ObjectSpec {
  const { '.rodata': variables = [] } = smallDescription.data ?? {}
  return smallSpec({ programs: [{}], maps: [], data: { '.rodata': variables } })
}

describe('a kernel that cannot map arrays', () => {
  it('gets the maps of data sections without the flag, after one probe', () => {
    const recording = recordingKernel(kernelWithoutMmap())
    const steps: LoadStep[] = []
    using object = loadObject(smallSpec(), { kernel: recording.kernel, observer: (step) => steps.push(step) })
    const created = steps.flatMap((step) => (step.kind === 'map-created' ? [step.map] : []))
    expect(created).toEqual(['counts', 'rb', '.rodata', '.data', '.bss'])
    const flags = recording.calls
      .filter(({ command }) => command === 'BPF_MAP_CREATE')
      .map((call) => [call.arguments['map_name'], call.arguments['map_flags'], call.outcome.kind])
    expect(flags).toEqual([
      ['counts', undefined, 'returned'],
      ['rb', undefined, 'returned'],
      ['small.rodata', 1152, 'failed'],
      [undefined, 1024, 'failed'],
      ['small.rodata', 128, 'returned'],
      ['small.data', 1024, 'failed'],
      ['small.data', undefined, 'returned'],
      ['small.bss', 1024, 'failed'],
      ['small.bss', undefined, 'returned'],
    ])
    expect(object.globals['limit']).toBe(5n)
  })

  it('that refuses the map without the flag too is told so, with the map named', () => {
    const kernel = kernelWithoutMmap()
    const create = kernel.answers.BPF_MAP_CREATE
    kernel.answers.BPF_MAP_CREATE = (attr) =>
      u32(attr, MAP_FLAGS) === 1 << 7 ? fail('bpf', 'BPF_MAP_CREATE', 12) : (create?.(attr) ?? 0)
    const error = bpfErrorOf('LOAD_MAP_REFUSED', () => loadObject(smallSpec(), { kernel }))
    expect(error).toMatchObject({ map: '.rodata', cause: { errnoName: 'ENOMEM' } })
    expect(kernel.descriptors.size).toBe(0)
  })
})

describe('a map that the kernel does not create', () => {
  it('is a LoadError that names the object, the map and the errno', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_MAP_CREATE = refusingMap('counts', 7)
    const error = bpfErrorOf('LOAD_MAP_REFUSED', () => loadObject(smallSpec(), { kernel }))
    expect(error).toBeInstanceOf(LoadError)
    expect(error).toMatchObject({ object: 'dir/small.bpf.o', map: 'counts', cause: { errnoName: 'E2BIG' } })
    expect(error.message).toMatch(
      /^dir\/small\.bpf\.o: cannot create map counts: bpf\(BPF_MAP_CREATE\) failed with E2BIG/,
    )
  })

  it('is not probed for where the flag cannot be the reason', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_MAP_CREATE = (attr) =>
      (u32(attr, MAP_FLAGS) & BPF_F_MMAPABLE) === 0
        ? kernel.usually('BPF_MAP_CREATE', attr)
        : fail('bpf', 'BPF_MAP_CREATE', 12)
    const recording = recordingKernel(kernel)
    bpfErrorOf('LOAD_MAP_REFUSED', () => loadObject(onlyReadOnlyData(), { kernel: recording.kernel }))
    expect(recording.names().filter((name) => name === 'BPF_MAP_CREATE')).toHaveLength(1)
  })

  it('for EPERM is not permitted', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_MAP_CREATE = refuse('BPF_MAP_CREATE', 1)
    const error = bpfErrorOf('NOT_PERMITTED', () => loadObject(smallSpec(), { kernel }))
    expect(error.message).toMatch(/^cannot create map counts: BPF_MAP_CREATE is not permitted \(EPERM\)/)
  })
})

describe('a map that the kernel does not fill or freeze', () => {
  it.each(['BPF_MAP_UPDATE_ELEM', 'BPF_MAP_FREEZE'] as const)(
    'is a LoadError that names it, for %s',
    (command) => {
      const kernel = new BpfKernel()
      kernel.answers[command] = refuse(command, 16)
      const error = bpfErrorOf('LOAD_MAP_REFUSED', () => loadObject(onlyReadOnlyData(), { kernel }))
      expect(error).toMatchObject({ map: '.rodata', cause: { errnoName: 'EBUSY' } })
      expect(error.message).toContain(`cannot fill map .rodata: bpf(${command})`)
    },
  )
})
