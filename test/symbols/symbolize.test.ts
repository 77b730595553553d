import { describe, expect, it } from 'vitest'
import { KALLSYMS_PATH } from '../../src/kernel/kallsyms.ts'
import type { StackFrame } from '../../src/maps/stack_trace_map.ts'
import { KernelSymbols } from '../../src/symbols/kernel_symbols.ts'
import { frameText, symbolize } from '../../src/symbols/symbolize.ts'
import type { UserSymbols } from '../../src/symbols/user_symbols.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'

const at = (address: bigint): StackFrame => ({ kind: 'address', address })

const KALLSYMS = 'ffffffff81000000 T do_panic\nffffffff81000020 T next\nffffffff81000040 t in_rose\t[rose]\n'

describe('symbolize', () => {
  const kernelSymbols = new KernelSymbols(new FakeKernel({ files: { [KALLSYMS_PATH]: KALLSYMS } }))

  it('looks up where a call is, and not where it returns to', () => {
    const frames = [at(0xffffffff81000020n), at(0xffffffff81000020n), at(0xffffffff81000044n)]
    expect(symbolize(frames, kernelSymbols).map(frameText)).toEqual([
      'next+0x0',
      'do_panic+0x20',
      'in_rose+0x4 [rose]',
    ])
  })

  it('shows what it does not know', () => {
    const frames: readonly StackFrame[] = [at(5n), { kind: 'build-id', buildId: 'abcd', offset: 16n }]
    expect(symbolize(frames, kernelSymbols).map(frameText)).toEqual(['0x5', '+0x10 [abcd]'])
  })

  it('names what a process has mapped, by address or by build id', () => {
    const symbols = {
      find: (address: bigint) => ({ name: 'main', offset: address - 0x1000n, file: '/bin/a', buildId: 'ab' }),
      findInFile: (buildId: string, offset: bigint) =>
        buildId === 'ab' ? { name: undefined, offset, file: '/bin/a', buildId } : undefined,
    } as unknown as UserSymbols
    const frames: readonly StackFrame[] = [
      at(0x1004n),
      at(0x1010n),
      { kind: 'build-id', buildId: 'ab', offset: 0x20n },
      { kind: 'build-id', buildId: 'cd', offset: 0x30n },
    ]
    expect(symbolize(frames, symbols).map(frameText)).toEqual([
      'main+0x4 [/bin/a]',
      'main+0x10 [/bin/a]',
      '+0x20 [/bin/a]',
      '+0x30 [cd]',
    ])
  })
})
