import { describe, expect, it } from 'vitest'
import type { Endianness } from '../../src/base/reader.ts'
import { typeId } from '../../src/base/units.ts'
import { BtfError } from '../../src/btf/btf_error.ts'
import type { BtfExtPart } from '../../src/btf/btf_ext.ts'
import { exit, movImm } from '../../src/insn/assemble.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { cutInfoRecords } from '../../src/relocate/info_records.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import type { InfoRecords } from '../../src/relocate/relocated_object.ts'
import { type ObjectDescription, writeObject } from '../object/object_writer.ts'

/** Two programs in one section and one in another, with a func_info and a line_info record each. */
const description: ObjectDescription = {
  programs: [
    { name: 'first', insns: [movImm(0, 0), movImm(0, 1), exit()] },
    { name: 'second', insns: [movImm(0, 0), exit()] },
    { name: 'third', section: 'tp/sched/sched_process_exit' },
  ],
}

function specOf(more: ObjectDescription = {}): ObjectSpec {
  return parseObject(writeObject({ ...description, ...more }), 'test.bpf.o')
}

function wordsOf({ bytes }: InfoRecords, endianness: Endianness = 'little'): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length / 4 }, (_, index) =>
    view.getUint32(index * 4, endianness === 'little'),
  )
}

function lineInfoOf(spec: ObjectSpec, program: string): InfoRecords {
  const records = cutInfoRecords(spec.btfExt!.lineInfo, spec.programs.get(program)!, spec.elf.endianness)
  return records ?? expect.fail(`${program} has no line_info`)
}

describe('cutInfoRecords', () => {
  it.each(['first', 'second', 'third'])(
    'gives %s its own records, counted from its own first instruction',
    (name) => {
      const spec = specOf()
      const program = spec.programs.get(name)!
      const records = cutInfoRecords(spec.btfExt!.funcInfo, program, 'little')
      if (records === undefined) return expect.fail('there are no records')
      expect([records.recordSize, records.count]).toEqual([8, 1])
      const [insn, func] = wordsOf(records)
      expect(insn).toBe(0)
      expect(spec.btf?.nameOf(typeId(func ?? 0))).toBe(name)
    },
  )

  it('counts instructions where the file counts bytes', () => {
    const spec = specOf()
    const section = spec.btfExt!.lineInfo[0]!
    const moved = section.records.slice()
    new DataView(moved.buffer).setUint32(0, 16, true)
    const records = cutInfoRecords([{ ...section, records: moved }], spec.programs.get('first')!, 'little')
    expect(wordsOf(records!)[0]).toBe(2)
  })

  it('keeps what a newer compiler adds to each record', () => {
    const records = lineInfoOf(specOf({ newerInfoWords: [0xabcd, 0xef01] }), 'second')
    expect(records.recordSize).toBe(24)
    expect(wordsOf(records).slice(-2)).toEqual([0xabcd, 0xef01])
  })

  it('writes in the byte order of the object', () => {
    const records = lineInfoOf(specOf({ endianness: 'big' }), 'second')
    const words = wordsOf(records, 'big')
    expect(words[0]).toBe(0)
    expect(words[3]! >>> 10).toBe(20)
  })

  it('leaves out a record that is on no instruction', () => {
    const spec = specOf()
    const section = spec.btfExt!.lineInfo[0]!
    const records = section.records.slice()
    new DataView(records.buffer).setUint32(0, 4, true)
    expect(cutInfoRecords([{ ...section, records }], spec.programs.get('first')!, 'little')).toBeUndefined()
  })

  it('gives nothing where the section has no records', () => {
    const spec = specOf()
    expect(cutInfoRecords([], spec.programs.get('first')!, 'little')).toBeUndefined()
    const others = spec.btfExt!.lineInfo.filter(
      ({ sectionName }) => sectionName !== 'tp/sched/sched_process_exit',
    )
    expect(cutInfoRecords(others, spec.programs.get('third')!, 'little')).toBeUndefined()
  })

  it('copies: the records of the object stay as they are', () => {
    const spec = specOf()
    const before = spec.btfExt!.lineInfo[0]!.records.slice()
    lineInfoOf(spec, 'second').bytes.fill(0xff)
    expect(spec.btfExt!.lineInfo[0]!.records).toEqual(before)
  })
})

describe('a part of .BTF.ext that cannot be read to its end', () => {
  /** As if the records of a part had been lost from those of the third program's section on. */
  function damaged(part: BtfExtPart): ObjectSpec {
    const spec = specOf()
    const ext = spec.btfExt!
    const kept = ext[part].filter(({ sectionName }) => sectionName !== 'tp/sched/sched_process_exit')
    const cause = new BtfError('BTF_BAD_EXT', '.BTF.ext of test.bpf.o at byte 7: it ends.')
    return { ...spec, btfExt: { ...ext, [part]: kept, damage: new Map([[part, cause]]) } }
  }

  it.each(['funcInfo', 'lineInfo'] as const)('fails the programs that lost something: %s', (part) => {
    const { programs, failures } = relocateObject(damaged(part), {
      targetBtf: () => expect.fail('not needed'),
    })
    expect(programs.map(({ name }) => name)).toEqual(['first', 'second'])
    expect(failures).toMatchObject([{ program: 'third', error: { code: 'RELOCATION_BAD_INFO' } }])
    expect(failures[0]?.error.message).toBe(
      'test.bpf.o: cannot load program third: what is said of section tp/sched/sched_process_exit may be lost, since ' +
        '.BTF.ext of test.bpf.o at byte 7: it ends; build the object again',
    )
  })

  it('fails programs whose CO-RE relocations may be lost', () => {
    const { failures } = relocateObject(damaged('coreRelos'), {
      targetBtf: () => expect.fail('not needed'),
    })
    expect(failures.map(({ program }) => program)).toEqual(['first', 'second', 'third'])
  })
})
