import type { Endianness } from '../base/reader.ts'
import type { BtfExtSection } from '../btf/btf_ext.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import type { FunctionSpec } from '../object/function_spec.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import { OffsetIndex } from './offset_index.ts'
import type { InfoRecords } from './relocated_object.ts'
import { RelocationError } from './relocation_error.ts'
import { titleOf } from './relocations.ts'

/**
 * Cuts the func_info or line_info records of one function out of its section's. In the file, `insn_off`, the first field
 * of both, counts bytes from the start of the section; the kernel wants instructions from the start of the function
 * (Documentation/bpf/btf.rst, sections 4.2 and 3.3). Whatever else a record holds, newer fields included, stays.
 *
 * @returns undefined where the section has no record for the function.
 */
export function cutInfoRecords(
  sections: readonly BtfExtSection[],
  fn: FunctionSpec,
  endianness: Endianness,
): InfoRecords | undefined {
  const section = sections.find(({ sectionName }) => sectionName === fn.sectionName)
  if (section === undefined) return undefined
  const { records, recordSize } = section
  const first = fn.start * INSN_SIZE
  const end = first + fn.insns.length
  const found = indexOf(section, endianness).within(first, end)
  if (found.length === 0) return undefined
  const bytes = new Uint8Array(found.length * recordSize)
  const view = new DataView(bytes.buffer)
  found.forEach(({ start, offset }, record) => {
    bytes.set(records.subarray(start, start + recordSize), record * recordSize)
    view.setUint32(record * recordSize, (offset - first) / INSN_SIZE, endianness === 'little')
  })
  return { recordSize, count: found.length, bytes }
}

interface RecordPlace {
  /** Bytes from the start of the section's records. */
  readonly start: number
  /** `insn_off`. */
  readonly offset: number
}

const indexes = new WeakMap<BtfExtSection, OffsetIndex<RecordPlace>>()

/** The records of a section by `insn_off`; those that do not point to the start of an instruction are left out. */
function indexOf(section: BtfExtSection, endianness: Endianness): OffsetIndex<RecordPlace> {
  const known = indexes.get(section)
  if (known !== undefined) return known
  const { records, recordSize, count } = section
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
  const places = Array.from({ length: count }, (_, record): RecordPlace => {
    const start = record * recordSize
    return { start, offset: view.getUint32(start, endianness === 'little') }
  })
  const index = new OffsetIndex(
    places.filter(({ offset }) => offset % INSN_SIZE === 0),
    ({ offset }) => offset,
  )
  indexes.set(section, index)
  return index
}

/**
 * Makes sure that nothing is missed of what `.BTF.ext` says of a function: where a part of it cannot be read to its end, what
 * is said of a section that was not come to may lie behind. Code that ought to be relocated must not be loaded as it is.
 *
 * @throws RelocationError 'RELOCATION_BAD_INFO'
 */
export function requireReadableInfo({ elf, btfExt }: ObjectSpec, fn: FunctionSpec): void {
  for (const [part, cause] of btfExt?.damage ?? []) {
    if (btfExt?.[part].some(({ sectionName }) => sectionName === fn.sectionName)) continue
    throw new RelocationError(
      'RELOCATION_BAD_INFO',
      `${elf.name}: cannot load ${titleOf(fn)}: what is said of section ${fn.sectionName} may be lost, since ` +
        `${cause.message.replace(/\.$/, '')}; build the object again`,
      { object: elf.name, section: fn.sectionName, program: fn.name, cause },
    )
  }
}
