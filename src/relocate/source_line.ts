import type { Btf } from '../btf/btf.ts'
import type { InfoRecords } from './relocated_object.ts'

/** A place in the C source. */
export interface SourceLine {
  readonly fileName: string
  /** From 1. */
  readonly lineNumber: number
  /** The line's text, trimmed. */
  readonly text: string
}

/** Where the code of a source line starts. */
export interface SourceLineStart {
  /** From the start of the program. */
  readonly insn: number
  readonly line: SourceLine
}

/**
 * The source lines of a program, in the order of its instructions. A record is `struct bpf_line_info` of
 * include/uapi/linux/bpf.h: insn_off, file_name_off, line_off, line_col, 32 bits each; the line number is line_col's upper
 * 22 bits.
 */
export function sourceLineStarts(lineInfo: InfoRecords, btf: Btf): readonly SourceLineStart[] {
  const view = new DataView(lineInfo.bytes.buffer, lineInfo.bytes.byteOffset, lineInfo.bytes.byteLength)
  const littleEndian = btf.endianness === 'little'
  return Array.from({ length: lineInfo.count }, (_, record) => {
    const word = (index: number): number =>
      view.getUint32(record * lineInfo.recordSize + index * 4, littleEndian)
    const line = {
      fileName: btf.string(word(1)),
      lineNumber: word(3) >>> 10,
      text: btf.string(word(2)).trim(),
    }
    return { insn: word(0), line }
  })
}

/**
 * The source line that an instruction was compiled from: that of the last line_info record at or before it, as the
 * kernel's own find_linfo has it (kernel/bpf/log.c, Linux 6.18).
 */
export function sourceLineOf(lineInfo: InfoRecords, btf: Btf, insn: number): SourceLine | undefined {
  return sourceLineStarts(lineInfo, btf).findLast((start) => start.insn <= insn)?.line
}
