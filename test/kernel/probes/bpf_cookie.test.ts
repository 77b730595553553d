import { describe, expect, it } from 'vitest'
import { readInsn } from '../../../src/insn/insn.ts'
import { insnIndex } from '../../../src/base/units.ts'
import { hasBpfCookie } from '../../../src/kernel/probes/bpf_cookie.ts'
import { BpfKernel, refuse } from '../../loader/bpf_kernel.ts'

describe('hasBpfCookie', () => {
  it('asks with a kprobe program that calls bpf_get_attach_cookie, and unloads it', () => {
    const kernel = new BpfKernel()
    expect(hasBpfCookie(kernel)).toEqual({ kind: 'there' })
    // BPF_FUNC_get_attach_cookie, include/uapi/linux/bpf.h.
    expect(readInsn(kernel.programs[0]!, insnIndex(0))).toMatchObject({ code: 0x85, imm: 174 })
    expect(kernel.descriptors.size).toBe(0)
  })

  it('says no where the kernel does not know the helper', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_PROG_LOAD = refuse('BPF_PROG_LOAD', 22)
    expect(hasBpfCookie(kernel)).toEqual({ kind: 'not there' })
  })
})
