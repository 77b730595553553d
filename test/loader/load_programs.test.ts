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

describe('a kernel that does not know expected_attach_type', () => {
  /** Where the field is in `union bpf_attr`. */
  const EXPECTED_ATTACH_TYPE = 68
  const oldKernel = (): BpfKernel => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_PROG_LOAD = (attr) =>
      u32(attr, EXPECTED_ATTACH_TYPE) === 0
        ? kernel.usually('BPF_PROG_LOAD', attr)
        : fail('bpf', 'BPF_PROG_LOAD', 7)
    return kernel
  }

  it('gets programs without it that are as good without', () => {
    using object = loadObject(smallSpec({ programs: [{ section: 'xdp' }] }), { kernel: oldKernel() })
    expect(object.programs.size).toBe(1)
  })

  it('does not get those that need it', () => {
    const spec = smallSpec({ programs: [{ section: 'cgroup/connect4' }] })
    const error = bpfErrorOf('LOAD_PROGRAM_REFUSED', () => loadObject(spec, { kernel: oldKernel() }))
    expect(error.message).toContain('E2BIG')
  })
})
