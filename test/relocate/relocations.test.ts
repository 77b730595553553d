import { describe, expect, it } from 'vitest'
import { R_BPF_64_32, R_BPF_64_64, R_BPF_64_ABS64, STB_GLOBAL, STT_FUNC } from '../../src/elf/constants.ts'
import { callSubprogram, exit, loadImm64 } from '../../src/insn/assemble.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { relocationError, relocationsOf, roleOf, titleOf } from '../../src/relocate/relocations.ts'
import { writeObject } from '../object/object_writer.ts'

const insns = [loadImm64(1, 0n), callSubprogram(-1), exit()]

describe('relocationsOf', () => {
  it('gives a function its own relocations, and nobody those of a hole between functions', () => {
    const relocations = [{ insn: 0, symbol: 'counts' }]
    const programs = ['one', 'overridden', 'two'].map((name) => ({
      name,
      section: '.text',
      insns,
      relocations,
    }))
    // Static linking takes the symbol of an overridden weak function away and leaves its code.
    const symbolLies = { overridden: { type: 0 } }
    const maps = [{ name: 'counts', uints: { type: 2 } }]
    const spec = parseObject(writeObject({ programs, maps, symbolLies }), 'test.bpf.o')
    expect(spec.functions.map(({ name }) => name)).toEqual(['one', 'two'])
    const offsets = spec.functions.map((fn) => relocationsOf(spec, fn).map(({ offset }) => offset))
    expect(offsets).toEqual([[0], [64]])
  })
})

describe('roleOf', () => {
  const extraSymbols = [{ name: 'bpf_some_kfunc', type: STT_FUNC, binding: STB_GLOBAL }]
  const data = { '.data': [{ name: 'word', type: 'u64' }] }
  const spec = parseObject(
    writeObject({ programs: [{ name: 'f', section: '.text', insns }, { insns }], data, extraSymbols }),
    'test.bpf.o',
  )
  const roleAgainst = (name: string, type: number): string => {
    const { index } = spec.elf.symbols.find((symbol) => symbol.name === name)!
    return roleOf(spec.elf, { offset: 0 as never, symbol: index, type, addend: undefined })
  }

  it.each([
    ['f', R_BPF_64_32, 'call'],
    ['.text', R_BPF_64_32, 'call'],
    ['f', R_BPF_64_64, 'function-address'],
    ['.text', R_BPF_64_64, 'function-address'],
    ['program', R_BPF_64_64, 'function-address'],
    ['word', R_BPF_64_64, 'other'],
    ['f', R_BPF_64_ABS64, 'other'],
    ['bpf_some_kfunc', R_BPF_64_32, 'extern'],
    ['bpf_some_kfunc', R_BPF_64_64, 'extern'],
  ])('of one against %s of type %i is %s', (name, type, role) => {
    expect(roleAgainst(name, type)).toBe(role)
  })

  it('is none where there is no such symbol', () => {
    const relocation = { offset: 0 as never, symbol: 9999 as never, type: R_BPF_64_32, addend: undefined }
    expect(roleOf(spec.elf, relocation)).toBe('other')
  })

  it('goes with a message that tells programs from functions', () => {
    expect(spec.functions.map(titleOf)).toEqual(['function f', 'program program'])
    const error = relocationError(spec, spec.functions[0]!, 20, 'RELOCATION_BAD_TARGET', 'it is late')
    expect(error.message).toBe('test.bpf.o: cannot relocate instruction 2 of function f: it is late')
    expect(error).toMatchObject({ section: '.text', offset: 20 })
  })
})
