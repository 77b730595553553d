import type { BtfExtSection } from '../btf/btf_ext.ts'
import type { Endianness } from '../base/reader.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import type { ProgramSpec } from '../object/program_spec.ts'
import type { InfoRecords } from './relocated_object.ts'

/**
 * Cuts the func_info or line_info records of one program out of its section's. In the file, `insn_off`, the first field
 * of both, counts bytes from the start of the section; the kernel wants instructions from the start of the program
 * (Documentation/bpf/btf.rst, sections 4.2 and 3.3). Whatever else a record holds, newer fields included, stays.
 *
 * @returns undefined where the section has no record for the program.
 */
export function cutInfoRecords(
  sections: readonly BtfExtSection[],
  program: ProgramSpec,
  endianness: Endianness,
): InfoRecords | undefined {
  const section = sections.find(({ sectionName }) => sectionName === program.sectionName)
  if (section === undefined) return undefined
  const { records, recordSize } = section
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
  const littleEndian = endianness === 'little'
  const first = program.start * INSN_SIZE
  const end = first + program.insns.length
  const bytes = new Uint8Array(records.length)
  const output = new DataView(bytes.buffer)
  let count = 0
  for (let record = 0; record < section.count; record++) {
    const offset = view.getUint32(record * recordSize, littleEndian)
    if (offset < first || offset >= end || offset % INSN_SIZE !== 0) continue
    bytes.set(records.subarray(record * recordSize, (record + 1) * recordSize), count * recordSize)
    output.setUint32(count * recordSize, (offset - first) / INSN_SIZE, littleEndian)
    count++
  }
  return count === 0 ? undefined : { recordSize, count, bytes: bytes.subarray(0, count * recordSize) }
}
