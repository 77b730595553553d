import type { TypeId } from '../../base/units.ts'
import type { Btf } from '../btf.ts'
import { TypeTable } from '../type_table.ts'
import { JsonPrinter } from './json_printer.ts'
import type { RawPrinter } from './raw_printer.ts'
import { TextPrinter } from './text_printer.ts'
import { writeRecord } from './write_record.ts'

export interface RawDumpOptions {
  /** Default: all of its own, in split BTF not those of the base. */
  readonly ids?: readonly TypeId[] | undefined
}

/** Characters. */
const CHUNK = 1 << 14

/**
 * The types as they are written down, one after the other, as `bpftool btf dump format raw` prints them. Whatever a record
 * says is printed: what does not make sense, ids and strings that there are not.
 *
 * @returns The text in pieces.
 * @throws BtfError 'BTF_UNKNOWN_KIND' behind the last type that could be found, where others could not
 */
export function* dumpRaw(btf: Btf, options: RawDumpOptions = {}): Generator<string, void, undefined> {
  yield* records(btf, new TextPrinter(), options)
}

/** The same as JSON, with the keys of `bpftool --json btf dump`: `{"types":[{"id":1,"kind":"INT",...},...]}`. */
export function* dumpRawJson(btf: Btf, options: RawDumpOptions = {}): Generator<string, void, undefined> {
  yield '{"types":['
  yield* records(btf, new JsonPrinter(), options)
  yield ']}\n'
}

function* records(
  btf: Btf,
  printer: RawPrinter,
  { ids }: RawDumpOptions,
): Generator<string, void, undefined> {
  const table = new TypeTable(btf)
  for (const id of ids ?? ownIds(btf)) {
    writeRecord(table, id, printer)
    if (printer.length > CHUNK) yield printer.take()
  }
  yield printer.take()
  if (ids === undefined && btf.gap !== undefined) throw btf.gap
}

function* ownIds(btf: Btf): Generator<TypeId> {
  for (let index = 0; index < btf.typeCount; index++) yield btf.idAt(index)
}
