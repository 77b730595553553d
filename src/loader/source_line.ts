import type { Btf } from '../btf/btf.ts'
import type { InfoRecords } from '../relocate/relocated_object.ts'

/** A place in the C source. */
export interface SourceLine {
  readonly fileName: string
  /** From 1. */
  readonly lineNumber: number
  /** The line's text, trimmed. */
  readonly text: string
}

/**
 * The source line that an instruction was compiled from: that of the last line_info record at or before it, as the
 * kernel's own find_linfo has it (kernel/bpf/log.c, Linux 6.18). A record is `struct bpf_line_info`: insn_off,
 * file_name_off, line_off, line_col, 32 bits each; the line number is line_col's upper 22 bits.
 */
export function sourceLineOf(lineInfo: InfoRecords, btf: Btf, insn: number): SourceLine | undefined {
  const view = new DataView(lineInfo.bytes.buffer, lineInfo.bytes.byteOffset, lineInfo.bytes.byteLength)
  const littleEndian = btf.endianness === 'little'
  let record = -1
  while (
    record + 1 < lineInfo.count &&
    view.getUint32((record + 1) * lineInfo.recordSize, littleEndian) <= insn
  ) {
    record++
  }
  if (record === -1) return undefined
  const start = record * lineInfo.recordSize
  return {
    fileName: btf.string(view.getUint32(start + 4, littleEndian)),
    lineNumber: view.getUint32(start + 12, littleEndian) >>> 10,
    text: btf.string(view.getUint32(start + 8, littleEndian)).trim(),
  }
}
