import { describe, expect, it } from 'vitest'
import { LoadError } from '../../src/loader/load_error.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { BpfKernel, fail, LOG_LEVEL, refusing, u32 } from './bpf_kernel.ts'
import { smallSpec } from './small_object.ts'

describe('a program that the kernel does not take', () => {
  it.each([
    { name: 'ENOMEM', errno: 12 },
    { name: 'EMFILE', errno: 24 },
    { name: 'ENFILE', errno: 23 },
    { name: 'EAGAIN', errno: 11 },
  ])('for $name was not refused by the verifier, whatever the log says', ({ name, errno }) => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_PROG_LOAD = refusing('0: (95) exit\nprocessed 2 insns\n', errno)
    const error = bpfErrorOf('LOAD_PROGRAM_REFUSED', () => loadObject(smallSpec(), { kernel }))
    expect(error).toBeInstanceOf(LoadError)
    expect(error.message).toContain(name)
    expect(error.message).not.toContain('verifier')
  })

  it('and says nothing about was not refused for what it does', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_PROG_LOAD = refusing('', 22)
    const error = bpfErrorOf('LOAD_PROGRAM_REFUSED', () => loadObject(smallSpec(), { kernel }))
    expect(error.message).toContain(
      'on_exec (BPF_PROG_TYPE_TRACEPOINT), and not because of what it does: bpf(',
    )
  })

  it('for EPERM without a word is not permitted', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_PROG_LOAD = refusing('', 1)
    bpfErrorOf('NOT_PERMITTED', () => loadObject(smallSpec(), { kernel }))
  })

  it('at first, and then with a log, is loaded', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_PROG_LOAD = (attr) =>
      u32(attr, LOG_LEVEL) === 0 ? fail('bpf', 'BPF_PROG_LOAD', 22) : kernel.usually('BPF_PROG_LOAD', attr)
    using object = loadObject(smallSpec(), { kernel })
    expect([...object.programs.keys()]).toEqual(['on_exec', 'on_exit'])
  })
})
