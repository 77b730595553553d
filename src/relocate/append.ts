import type { Endianness } from '../base/reader.ts'
import { type InsnIndex, insnIndex } from '../base/units.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import type { PlacedFunction, RelocatedFunction } from './relocated_function.ts'
import type { InfoRecords } from './relocated_object.ts'
import { RelocationError } from './relocation_error.ts'
import { titleOf } from './relocations.ts'

/** The instructions of all functions in one piece. */
export function appendInsns(parts: readonly PlacedFunction[]): Uint8Array {
  const insns = new Uint8Array(parts.reduce((sum, { fn }) => sum + fn.insns.length, 0))
  let end = 0
  for (const { fn } of parts) {
    insns.set(fn.insns, end)
    end += fn.insns.length
  }
  return insns
}

/** What is said of single instructions of the functions, said of those of the program. */
export function appendEntries<Entry extends { readonly insn: InsnIndex }>(
  parts: readonly PlacedFunction[],
  entriesOf: (fn: RelocatedFunction) => readonly Entry[],
): readonly Entry[] {
  return parts.flatMap(({ fn, start }) => {
    const entries = entriesOf(fn)
    return start === 0 ? entries : entries.map((entry) => ({ ...entry, insn: insnIndex(start + entry.insn) }))
  })
}

/**
 * The records of all functions, `insn_off` counted from the start of the program. The kernel wants a func_info for every
 * function or none at all, so those of a program that has none itself are dropped, as libbpf does.
 *
 * @throws RelocationError 'RELOCATION_MISSING_INFO' where the program has records and a function that it calls has none.
 */
export function appendRecords(
  spec: ObjectSpec,
  parts: readonly PlacedFunction[],
  kind: 'funcInfo' | 'lineInfo',
): InfoRecords | undefined {
  const recordSize = parts[0]?.fn[kind]?.recordSize
  if (recordSize === undefined) return undefined
  const placed = parts.map(({ fn, start }) => {
    const records = fn[kind]
    if (records?.recordSize !== recordSize) throw missingInfo(spec, parts, fn, kind)
    return { start, records }
  })
  const count = placed.reduce((sum, { records }) => sum + records.count, 0)
  const bytes = new Uint8Array(count * recordSize)
  let end = 0
  for (const { start, records } of placed) {
    bytes.set(records.bytes, end)
    moveRecords(bytes.subarray(end, end + records.bytes.length), recordSize, start, spec.elf.endianness)
    end += records.bytes.length
  }
  return { recordSize, count, bytes }
}

/** `insn_off` is the first field of a record of either kind. */
function moveRecords(bytes: Uint8Array, recordSize: number, by: number, endianness: Endianness): void {
  if (by === 0) return
  const littleEndian = endianness === 'little'
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < bytes.length; at += recordSize) {
    view.setUint32(at, view.getUint32(at, littleEndian) + by, littleEndian)
  }
}

function missingInfo(
  spec: ObjectSpec,
  [main]: readonly PlacedFunction[],
  fn: RelocatedFunction,
  kind: 'funcInfo' | 'lineInfo',
): RelocationError {
  const { name } = main?.fn.spec ?? fn.spec
  const records = kind === 'funcInfo' ? 'func_info' : 'line_info'
  return new RelocationError(
    'RELOCATION_MISSING_INFO',
    `${spec.elf.name}: cannot link ${titleOf(fn.spec)} into program ${name}: .BTF.ext has ${records} for the program and ` +
      'none for the function, and the kernel wants it for all or for none; build all sources with -g, or none',
    { object: spec.elf.name, section: fn.spec.sectionName, program: name },
  )
}
