import { describe, expect, it } from 'vitest'
import {
  decodeCoreRelo,
  decodeFuncInfo,
  decodeLineInfo,
  parseBtfExt,
  type BtfExt,
} from '../../src/btf/btf_ext.ts'
import { exit, movImm } from '../../src/insn/assemble.ts'
import type { ObjectDescription } from '../object/object_writer.ts'
import { btfOf, link, linkerErrorOf, sectionOf } from './link.ts'

const object = (name: string, more: Partial<ObjectDescription> = {}): ObjectDescription => ({
  programs: [
    {
      name,
      section: 'socket',
      insns: [movImm(1, 2), movImm(0, 0), exit()],
      coreRelos: [{ insn: 1, type: 's', access: `0:${name.length}` }],
    },
  ],
  types: (b, { int }) => ({ s: b.addStruct('s', 4, [{ name: 'x', type: int!, bitOffset: 0 }]) }),
  ...more,
})

const extOf = (elf: ReturnType<typeof link>): BtfExt =>
  parseBtfExt(sectionOf(elf, '.BTF.ext').data, { btf: btfOf(elf), name: 'linked.o' })

describe('.BTF.ext', () => {
  it.each(['little', 'big'] as const)('moves with the instructions, %s-endian', (endianness) => {
    const elf = link(object('first', { endianness }), object('second', { endianness }))
    const ext = extOf(elf)
    const [funcs] = ext.funcInfo
    const [lines] = ext.lineInfo
    const [relos] = ext.coreRelos
    expect([funcs?.count, lines?.count, relos?.count]).toEqual([2, 2, 2])
    expect(decodeFuncInfo(ext, funcs!, 0).insnOffset).toBe(0)
    const func = decodeFuncInfo(ext, funcs!, 1)
    expect(func.insnOffset).toBe(24)
    expect(ext.btf.type(func.typeId)).toMatchObject({ kind: 'func', name: 'second' })
    expect(decodeLineInfo(ext, lines!, 1)).toMatchObject({
      insnOffset: 24,
      line: 'int second() {',
      lineNumber: 10,
    })
    const [one, other] = [decodeCoreRelo(ext, relos!, 0), decodeCoreRelo(ext, relos!, 1)]
    expect(one).toMatchObject({ insnOffset: 8, accessString: '0:5' })
    expect(other).toMatchObject({ insnOffset: 32, accessString: '0:6', typeId: one.typeId })
    expect(ext.btf.type(one.typeId)).toMatchObject({ kind: 'struct', name: 's' })
  })

  it('keeps what records have beyond the fields that are known', () => {
    const newer = { newerInfoWords: [7, 9] }
    const [section] = extOf(link(object('a', newer), object('b', newer))).funcInfo
    expect(section?.recordSize).toBe(16)
    expect([...section!.records.subarray(24, 32)]).toEqual([7, 0, 0, 0, 9, 0, 0, 0])
  })

  it('refuses records of other sizes, which only other compilers write', () => {
    const error = linkerErrorOf('LINK_BAD_TYPES', object('a'), object('b', { newerInfoWords: [7] }))
    expect(error.message).toContain('has records of 12 bytes, and a.o has some of 8')
    expect(error.section).toBe('.BTF.ext')
  })

  it('is left out where there are no records', () => {
    const elf = link({ programs: [], data: { '.data': [{ name: 'x', type: 'int' }] } })
    expect(elf.sections.map(({ name }) => name)).not.toContain('.BTF.ext')
  })

  it('refuses what it says of types and of sections that there are not', () => {
    const badType = object('a', {
      programs: [{ name: 'a', coreRelos: [{ insn: 0, type: 999, access: '0' }] }],
    })
    linkerErrorOf('LINK_BAD_TYPES', badType)
  })
})
