import { INT_ENCODINGS, LINKAGES } from '../format.ts'
import type { TypeTable } from '../type_table.ts'
import type { RawPrinter } from './raw_printer.ts'

/**
 * Writes a type's record, whatever it says: this is for people who look for what is wrong with it. As bpftool's
 * `btf dump format raw` (version 7.8).
 */
export function writeRecord(table: TypeTable, id: number, printer: RawPrinter): void {
  const kind = table.knownKind(id)
  printer.begin(id, kindWord(table, id), nameAt(table, table.nameOffset(id)))
  switch (kind) {
    case 'int':
      writeInt(table, id, printer)
      break
    case 'ptr':
    case 'const':
    case 'volatile':
    case 'restrict':
    case 'typedef':
    case 'type_tag':
      printer.field('type_id', table.sizeOrType(id))
      break
    case 'array':
      printer.field('type_id', table.elementType(id))
      printer.field('index_type_id', table.indexType(id))
      printer.field('nr_elems', table.length(id))
      break
    case 'struct':
    case 'union':
      writeComposite(table, id, printer)
      break
    case 'enum':
    case 'enum64':
      writeEnumeration(table, id, printer)
      break
    case 'fwd':
      printer.field('fwd_kind', table.kindFlag(id) ? 'union' : 'struct')
      break
    case 'func':
      printer.field('type_id', table.sizeOrType(id))
      printer.field('linkage', linkageWord(table.vlen(id)))
      break
    case 'func_proto':
      writePrototype(table, id, printer)
      break
    case 'var':
      printer.field('type_id', table.sizeOrType(id))
      printer.field('linkage', linkageWord(table.word(id, 0)))
      break
    case 'datasec':
      writeSection(table, id, printer)
      break
    case 'float':
      printer.field('size', table.sizeOrType(id))
      break
    case 'decl_tag':
      printer.field('type_id', table.sizeOrType(id))
      printer.field('component_idx', table.word(id, 0) | 0)
      break
    case 'void':
    case undefined:
      break
  }
  printer.end()
}

function writeInt(table: TypeTable, id: number, printer: RawPrinter): void {
  const detail = table.word(id, 0)
  printer.field('size', table.sizeOrType(id))
  printer.field('bits_offset', (detail >>> 16) & 0xff)
  printer.field('nr_bits', detail & 0xff)
  printer.field('encoding', ENCODINGS.get((detail >>> 24) & 0xf) ?? 'UNKN')
}

const ENCODINGS = new Map<number, string>([
  [INT_ENCODINGS.unsigned, '(none)'],
  [INT_ENCODINGS.signed, 'SIGNED'],
  [INT_ENCODINGS.char, 'CHAR'],
  [INT_ENCODINGS.bool, 'BOOL'],
])

function writeComposite(table: TypeTable, id: number, printer: RawPrinter): void {
  const count = writeSizeAndCount(table, id, printer)
  printer.list('members')
  for (let index = 0; index < count; index++) {
    printer.item(nameAt(table, table.memberName(id, index)))
    printer.field('type_id', table.memberType(id, index))
    printer.field('bits_offset', table.memberOffset(id, index))
    const bits = table.bitfieldSize(id, index)
    if (bits !== 0) printer.field('bitfield_size', bits)
  }
}

function writeEnumeration(table: TypeTable, id: number, printer: RawPrinter): void {
  const isSigned = table.kindFlag(id)
  const isWide = table.kind(id) === 'enum64'
  printer.field('encoding', isSigned ? 'SIGNED' : 'UNSIGNED')
  const count = writeSizeAndCount(table, id, printer)
  printer.list('values')
  for (let index = 0; index < count; index++) {
    printer.item(nameAt(table, table.enumeratorName(id, index)))
    const low = table.enumeratorLow(id, index)
    if (isWide) {
      const value = (BigInt(table.enumeratorHigh(id, index)) << 32n) | BigInt(low)
      printer.field('val', isSigned ? BigInt.asIntN(64, value) : value, isSigned ? 'LL' : 'ULL')
    } else printer.field('val', isSigned ? low | 0 : low)
  }
}

function writePrototype(table: TypeTable, id: number, printer: RawPrinter): void {
  const count = table.vlen(id)
  printer.field('ret_type_id', table.sizeOrType(id))
  printer.field('vlen', count)
  printer.list('params')
  for (let index = 0; index < count; index++) {
    printer.item(nameAt(table, table.paramName(id, index)))
    printer.field('type_id', table.paramType(id, index))
  }
}

function writeSection(table: TypeTable, id: number, printer: RawPrinter): void {
  const count = writeSizeAndCount(table, id, printer)
  printer.list('vars')
  for (let index = 0; index < count; index++) {
    const type = table.variableType(id, index)
    printer.item(undefined)
    printer.field('type_id', type)
    printer.field('offset', table.variableOffset(id, index))
    printer.field('size', table.variableSize(id, index))
    if (type < table.end) printer.remark(kindWord(table, type), nameAt(table, table.nameOffset(type)))
  }
}

/** @returns The count. */
function writeSizeAndCount(table: TypeTable, id: number, printer: RawPrinter): number {
  const count = table.vlen(id)
  printer.field('size', table.sizeOrType(id))
  printer.field('vlen', count)
  return count
}

/** What bpftool calls a kind. */
function kindWord(table: TypeTable, id: number): string {
  const kind = table.knownKind(id)
  return kind === undefined || kind === 'void' ? 'UNKNOWN' : kind.toUpperCase()
}

function linkageWord(linkage: number): string {
  return LINKAGES[linkage] ?? '(unknown)'
}

function nameAt(table: TypeTable, offset: number): string {
  return offset === 0 ? '(anon)' : (table.stringIfAny(offset) ?? '(invalid)')
}
