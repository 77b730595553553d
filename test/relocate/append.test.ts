import { describe, expect, it } from 'vitest'
import { insnIndex } from '../../src/base/units.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { appendEntries, appendInsns, appendRecords } from '../../src/relocate/append.ts'
import type { PlacedFunction } from '../../src/relocate/relocated_function.ts'
import type { InfoRecords } from '../../src/relocate/relocated_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeObject } from '../object/object_writer.ts'

const spec = parseObject(
  writeObject({ programs: [{ name: 'main' }, { name: 'f', section: '.text' }] }),
  'test.bpf.o',
)
const [main, f] = [spec.programs.get('main')!, spec.functions.find(({ name }) => name === 'f')!]

/** Records of one more word than insn_off, as words. */
const records = (...words: number[]): InfoRecords => ({
  recordSize: 8,
  count: words.length / 2,
  bytes: new Uint8Array(Uint32Array.from(words).buffer),
})
const wordsOf = (info: InfoRecords | undefined): number[] => [...new Uint32Array(info!.bytes.slice().buffer)]

function placed(start: number, info: InfoRecords | undefined): PlacedFunction {
  return {
    start: insnIndex(start),
    fn: {
      spec: start === 0 ? main : f,
      insns: Uint8Array.of(start, 0, 0, 0, 0, 0, 0, 0),
      references: [],
      jumpTables: [],
      mapReferences: [{ insn: insnIndex(1), map: `of ${start}`, kind: 'map', offset: 0 }],
      externs: [],
      coreRelocations: [],
      funcInfo: info,
      lineInfo: undefined,
    },
  }
}

describe('what is appended', () => {
  const parts = [placed(0, records(0, 77, 3, 78)), placed(10, records(0, 79))]

  it('has the instructions one behind another', () => {
    expect([...appendInsns(parts)].filter((_, index) => index % 8 === 0)).toEqual([0, 10])
  })

  it('has entries with the instruction counted from the start of the program', () => {
    const entries = appendEntries(parts, ({ mapReferences }) => mapReferences)
    expect(entries.map(({ insn, map }) => [insn, map])).toEqual([
      [1, 'of 0'],
      [11, 'of 10'],
    ])
  })

  it('has the entries of the program itself as they are', () => {
    const [entry] = appendEntries(parts.slice(0, 1), ({ mapReferences }) => mapReferences)
    expect(entry).toEqual({ insn: 1, map: 'of 0', kind: 'map', offset: 0 })
  })

  it('has records with insn_off counted from the start of the program, and the rest as it was', () => {
    const appended = appendRecords(spec, parts, 'funcInfo')
    expect(appended).toMatchObject({ recordSize: 8, count: 3 })
    expect(wordsOf(appended)).toEqual([0, 77, 3, 78, 10, 79])
    expect(wordsOf(parts[1]!.fn.funcInfo)).toEqual([0, 79])
  })

  it('has no records at all where the program has none', () => {
    expect(
      appendRecords(spec, [placed(0, undefined), placed(10, records(0, 79))], 'funcInfo'),
    ).toBeUndefined()
    expect(appendRecords(spec, parts, 'lineInfo')).toBeUndefined()
  })

  it('is refused where the program has records and a function has none', () => {
    const error = bpfErrorOf('RELOCATION_MISSING_INFO', () =>
      appendRecords(spec, [parts[0]!, placed(10, undefined)], 'funcInfo'),
    )
    expect(error.message).toContain('cannot link function f into program main: .BTF.ext has func_info')
    expect(error).toMatchObject({ program: 'main', section: '.text' })
  })
})
