import { describe, expect, it } from 'vitest'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { sourceLineOf } from '../../src/relocate/source_line.ts'
import type { InfoRecords } from '../../src/relocate/relocated_object.ts'

interface Line {
  readonly insn: number
  readonly line: number
  readonly text: string
}

/** Lines of a.bpf.c, in column 3, in records that have `extra` words behind those that are known. */
function lineInfo(
  lines: readonly Line[],
  extra: number,
  endianness: 'little' | 'big' = 'little',
): { btf: Btf; records: InfoRecords } {
  const builder = new BtfBuilder()
  const words = lines.flatMap(({ insn, line, text }) => [
    insn,
    builder.string('a.bpf.c'),
    builder.string(text),
    (line << 10) | 3,
    ...new Array<number>(extra).fill(0xffff_ffff),
  ])
  const bytes = new Uint8Array(words.length * 4)
  const view = new DataView(bytes.buffer)
  words.forEach((word, index) => {
    view.setUint32(index * 4, word, endianness === 'little')
  })
  return {
    btf: Btf.parse(builder.finish({ endianness }), { name: 'a.bpf.o' }),
    records: { recordSize: 16 + extra * 4, count: lines.length, bytes },
  }
}

const lines = [
  { insn: 1, line: 10, text: '\tint x = 0;' },
  { insn: 4, line: 12, text: 'return x;' },
]

describe.each([
  { extra: 0, endianness: 'little' as const },
  { extra: 2, endianness: 'little' as const },
  { extra: 0, endianness: 'big' as const },
])('sourceLineOf with $extra words more in a record, $endianness-endian', ({ extra, endianness }) => {
  const { btf, records } = lineInfo(lines, extra, endianness)

  it.each([
    { insn: 1, line: 10, text: 'int x = 0;' },
    { insn: 3, line: 10, text: 'int x = 0;' },
    { insn: 4, line: 12, text: 'return x;' },
    { insn: 999, line: 12, text: 'return x;' },
  ])('finds line $line for instruction $insn', ({ insn, line, text }) => {
    expect(sourceLineOf(records, btf, insn)).toEqual({ fileName: 'a.bpf.c', lineNumber: line, text })
  })

  it('finds none for an instruction before the first record', () => {
    expect(sourceLineOf(records, btf, 0)).toBeUndefined()
  })
})

describe('sourceLineOf', () => {
  it('finds none where there are no records', () => {
    const { btf, records } = lineInfo([], 0)
    expect(sourceLineOf(records, btf, 0)).toBeUndefined()
  })

  it('reads line numbers up to the largest that the field holds', () => {
    const { btf, records } = lineInfo([{ insn: 0, line: 0x3f_ffff, text: 'x' }], 0)
    expect(sourceLineOf(records, btf, 0)?.lineNumber).toBe(0x3f_ffff)
  })
})
