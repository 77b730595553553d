import { describe, expect, it } from 'vitest'
import { PermissionError } from '../../src/kernel/capabilities.ts'
import { KALLSYMS_PATH } from '../../src/kernel/kallsyms.ts'
import { KernelSymbols } from '../../src/symbols/kernel_symbols.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'

describe('KernelSymbols', () => {
  it('reads the symbols when it is asked first, and again after refresh()', () => {
    const files: Record<string, string> = {}
    const kernel = new FakeKernel({ files })
    const symbols = new KernelSymbols(kernel)
    files[KALLSYMS_PATH] = 'ffffffff81000000 T old\n'
    expect(symbols.find(0xffffffff81000001n)?.name).toBe('old')
    files[KALLSYMS_PATH] = 'ffffffff81000000 T new\n'
    expect(symbols.find(0xffffffff81000001n)?.name).toBe('old')
    symbols.refresh()
    expect(symbols.find(0xffffffff81000001n)?.name).toBe('new')
    expect(kernel.descriptors.size).toBe(0)
  })

  it('says that the addresses are hidden, instead of naming them wrongly', () => {
    const kernel = new FakeKernel({ files: { [KALLSYMS_PATH]: '0000000000000000 T _text\n' } })
    const error = bpfErrorOf('NOT_PERMITTED', () => new KernelSymbols(kernel).find(1n))
    expect(error).toBeInstanceOf(PermissionError)
    expect(error).toMatchObject({ missing: ['CAP_SYSLOG'] })
    expect(error.message).toContain('kernel.kptr_restrict')
  })

  it('says that there are none', () => {
    bpfErrorOf('NO_KALLSYMS', () => new KernelSymbols(new FakeKernel()).find(1n))
  })
})
