import { describe, expect, it } from 'vitest'
import type { EncodedAttr } from '../../../src/abi/encoded_attr.ts'
import type { Fd } from '../../../src/base/units.ts'
import {
  hasSyscallWrapper,
  KPROBE_TYPE_PATH,
  syscallFunction,
} from '../../../src/kernel/probes/syscall_wrapper.ts'
import { SyscallError } from '../../../src/kernel/syscall_error.ts'
import { FakeKernel } from '../fake_kernel.ts'

class KprobeKernel extends FakeKernel {
  readonly asked: EncodedAttr[] = []
  readonly #errno: number

  constructor(errno = 0) {
    super({ files: { [KPROBE_TYPE_PATH]: '8\n' } })
    this.#errno = errno
  }

  override perfEventOpen(attr?: EncodedAttr): Fd {
    if (attr !== undefined) this.asked.push(attr)
    if (this.#errno !== 0) throw new SyscallError({ syscall: 'perf_event_open', errno: this.#errno })
    return super.perfEventOpen()
  }
}

describe('hasSyscallWrapper', () => {
  it('asks for a kprobe on the function of bpf(2), and closes it', () => {
    const kernel = new KprobeKernel()
    expect(hasSyscallWrapper(kernel)).toEqual({ kind: 'there' })
    const [attr] = kernel.asked
    expect(attr?.bytes[0]).toBe(8)
    const [name] = attr?.pointers ?? []
    expect(name?.offset).toBe(56)
    expect(new TextDecoder().decode(name?.target)).toMatch(/^__(x64|arm64|s390x|riscv)_sys_bpf\0$/)
    expect(kernel.descriptors.size).toBe(0)
  })

  it.each([2, 22])('says no where there is no such function (errno %i)', (errno) => {
    expect(hasSyscallWrapper(new KprobeKernel(errno))).toEqual({ kind: 'not there' })
  })

  it('says no where the kernel has no kprobes', () => {
    expect(hasSyscallWrapper(new FakeKernel())).toEqual({ kind: 'not there' })
  })

  it('says that it could not ask where that is forbidden', () => {
    expect(hasSyscallWrapper(new KprobeKernel(13))).toMatchObject({ kind: 'could not be asked' })
  })
})

describe('syscallFunction', () => {
  it('has the architecture’s name in it where system calls are wrapped', () => {
    expect(syscallFunction(new KprobeKernel(), 'openat')).toMatch(/^__(x64|arm64|s390x|riscv)_sys_openat$/)
  })

  it('has none where they are not', () => {
    expect(syscallFunction(new KprobeKernel(2), 'openat')).toBe('__se_sys_openat')
  })
})
