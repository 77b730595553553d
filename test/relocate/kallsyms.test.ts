import { describe, expect, it } from 'vitest'
import { findKernelSymbols, kernelFunctionNames } from '../../src/relocate/kallsyms.ts'

const text = `ffffffff81000000 T _text
ffffffff81000100 T schedule
ffffffff81000200 t helper
ffffffff81000300 t helper
ffffffff81000200 t helper
ffffffff82000000 d counters.llvm.123456
ffffffff82000100 T parse.llvm.99
ffffffffc0000000 t init_module\t[nf_conntrack]
0000000000000000 A per_cpu_start
`

const find = (...names: string[]): ReturnType<typeof findKernelSymbols> =>
  findKernelSymbols(text, new Set(names))

describe('findKernelSymbols', () => {
  it('finds addresses by exact names, those of modules among them', () => {
    expect(find('schedule', 'init_module', 'sched').addresses).toEqual(
      new Map([
        ['schedule', [0xffff_ffff_8100_0100n]],
        ['init_module', [0xffff_ffff_c000_0000n]],
      ]),
    )
  })

  it('gives each address of a name once', () => {
    expect(find('helper').addresses.get('helper')).toEqual([0xffff_ffff_8100_0200n, 0xffff_ffff_8100_0300n])
  })

  it('knows a local variable by the name that it has in the source, and no function', () => {
    expect([...find('counters', 'parse').addresses.keys()]).toEqual(['counters'])
  })

  it('tells addresses that are 0 from addresses that are hidden', () => {
    expect(find('per_cpu_start')).toMatchObject({ count: 9, hidden: false })
    expect(find('per_cpu_start').addresses.get('per_cpu_start')).toEqual([0n])
    const hidden = text.replaceAll(/^[0-9a-f]+/gm, '0000000000000000')
    expect(findKernelSymbols(hidden, new Set(['schedule'])).hidden).toBe(true)
    expect(findKernelSymbols('', new Set(['schedule'])).hidden).toBe(false)
  })

  it('passes over lines of another form', () => {
    expect(findKernelSymbols('nonsense\n12 T\n\n1 T x', new Set(['x']))).toMatchObject({ count: 1 })
  })
})

describe('kernelFunctionNames', () => {
  it('has code of the kernel and of its modules', () => {
    expect([...kernelFunctionNames(text)]).toEqual([
      '_text',
      'schedule',
      'helper',
      'helper',
      'helper',
      'parse.llvm.99',
      'nf_conntrack:init_module',
    ])
  })

  it('leaves out what is compiled while the kernel runs, and lines that are none', () => {
    const generated =
      'ffffffffc0000000 t bpf_prog_1\t[bpf]\nffffffffc0000000 t ftrace_1\t[__builtin__ftrace]\n'
    expect([...kernelFunctionNames(`${generated}\nnothing\nffffffff81000100 W last`)]).toEqual(['last'])
  })
})
