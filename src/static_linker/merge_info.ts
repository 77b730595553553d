import { ByteWriter } from '../base/byte_writer.ts'
import type { Endianness } from '../base/reader.ts'
import type { StringTableWriter } from '../base/string_table_writer.ts'
import { typeId } from '../base/units.ts'
import type { BtfExtSection } from '../btf/btf_ext.ts'
import { BTF_MAGIC, BTF_VERSION } from '../btf/format.ts'
import { asWords } from '../btf/type_index.ts'
import type { InputObject } from './input_object.ts'
import type { InputTypes } from './input_types.ts'
import { LinkerError } from './linker_error.ts'
import type { MergedTypes } from './merge_types.ts'
import type { Layout } from './output_sections.ts'

/**
 * Writes the `.BTF.ext` of the result. Each record moves with its section's bytes, and names types and strings by their new
 * ids and offsets. What a record has beyond the fields that are known here is copied, as libbpf's linker does.
 */
export interface InfoSource {
  readonly inputs: readonly InputObject[]
  readonly layout: Layout
  readonly merged: MergedTypes
  /** By id of `merged`: the id in the result. */
  readonly ids: Uint32Array
  readonly strings: StringTableWriter
  readonly endianness: Endianness
}

type Part = 'funcInfo' | 'lineInfo' | 'coreRelos'
type Field = 'offset' | 'type' | 'string' | 'plain'

/** `struct bpf_func_info`, `bpf_line_info` and `bpf_core_relo` of include/uapi/linux/bpf.h, Linux 6.18. */
const FIELDS: readonly (readonly [Part, readonly Field[]])[] = [
  ['funcInfo', ['offset', 'type']],
  ['lineInfo', ['offset', 'string', 'string', 'plain']],
  ['coreRelos', ['offset', 'type', 'string', 'plain']],
]

/** Bytes of `struct btf_ext_header` with CO-RE's fields. */
const HEADER_SIZE = 32

/**
 * @returns undefined where no object has any records
 * @throws LinkerError LINK_BAD_TYPES; BtfError BTF_BAD_STRING
 */
export function mergeInfo(source: InfoSource): Uint8Array | undefined {
  const parts = FIELDS.map(([part, fields]) => mergePart(source, part, fields))
  if (parts.every(({ length }) => length === 0)) return undefined
  const out = new ByteWriter(source.endianness).u16(BTF_MAGIC).u8(BTF_VERSION).u8(0).u32(HEADER_SIZE)
  let offset = 0
  for (const { length } of parts) {
    out.u32(offset).u32(length)
    offset += length
  }
  for (const part of parts) out.raw(part)
  return out.bytes()
}

/** The records about one section of the result. */
interface OpenSection {
  readonly name: string
  readonly out: ByteWriter
  count: number
}

function mergePart(source: InfoSource, part: Part, fields: readonly Field[]): Uint8Array {
  const { inputs, endianness, strings } = source
  const sections = new Map<string, OpenSection>()
  let recordSize: { readonly bytes: number; readonly object: string } | undefined
  for (const input of inputs) {
    for (const section of input.btfExt?.[part] ?? []) {
      recordSize ??= { bytes: section.recordSize, object: input.name }
      if (recordSize.bytes !== section.recordSize) {
        const other = `${recordSize.object} has some of ${recordSize.bytes}; build both with one compiler`
        throw badInfo(input, section, `has records of ${section.recordSize} bytes, and ${other}`)
      }
      addRecords(source, input, section, fields, sections)
    }
  }
  if (recordSize === undefined || sections.size === 0) return new Uint8Array()
  const out = new ByteWriter(endianness).u32(recordSize.bytes)
  for (const { name, count, out: records } of sections.values()) {
    out.u32(strings.add(name)).u32(count).raw(records.bytes())
  }
  return out.bytes()
}

function addRecords(
  source: InfoSource,
  input: InputObject,
  section: BtfExtSection,
  fields: readonly Field[],
  sections: Map<string, OpenSection>,
): void {
  const { layout, endianness } = source
  const { sectionName: name, count, records } = section
  const { types } = input
  const placement = layout.placementNamed(input, name)
  if (types === undefined || placement?.contents === 'copy') return
  if (placement === undefined) throw badInfo(input, section, 'is about a section that is not linked')
  const known = sections.get(name)
  const open = known ?? { name, count: 0, out: new ByteWriter(endianness) }
  sections.set(name, open)
  open.count += count
  const words = asWords(records, endianness)
  const wordsOfRecord = section.recordSize / 4
  words.forEach((word, index) => {
    const field = fields[index % wordsOfRecord] ?? 'plain'
    open.out.u32(translate({ source, input, types, section }, field, word, placement.offset))
  })
}

interface Context {
  readonly source: InfoSource
  readonly input: InputObject
  readonly types: InputTypes
  readonly section: BtfExtSection
}

function translate(
  { source, input, types, section }: Context,
  field: Field,
  word: number,
  moved: number,
): number {
  const { merged, ids, strings } = source
  switch (field) {
    case 'plain':
      return word
    case 'offset':
      if (word + moved <= 0xffff_ffff) return word + moved
      throw badInfo(input, section, `is about byte ${word}, which is in no section`)
    case 'string':
      return strings.addBytes(types.string(word))
    case 'type': {
      const id = ids[merged.idOf(input, typeId(word))] ?? 0
      if (id !== 0 || word === 0) return id
      throw badInfo(input, section, `is about type ${word}, which is not linked`)
    }
  }
}

function badInfo(
  { name: object }: InputObject,
  { sectionName, offset }: BtfExtSection,
  found: string,
): LinkerError {
  const message = `${object}: cannot link .BTF.ext: what it says of section ${sectionName} ${found}`
  return new LinkerError('LINK_BAD_TYPES', message, { object, section: '.BTF.ext', offset })
}
