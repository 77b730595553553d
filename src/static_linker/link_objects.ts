import { plainBytes } from '../base/plain_bytes.ts'
import type { Endianness } from '../base/reader.ts'
import { dedup } from '../btf/dedup.ts'
import { SHT_PROGBITS } from '../elf/constants.ts'
import { type WritableSection, writeRelocatable } from '../elf/elf_writer.ts'
import { type GlobalSymbol, resolveGlobals } from './global_symbols.ts'
import { type InputObject, type LinkSource, readInput } from './input_object.ts'
import { LinkerError } from './linker_error.ts'
import { addDatasecs } from './merge_datasecs.ts'
import { mergeInfo } from './merge_info.ts'
import { mergeTypes } from './merge_types.ts'
import { type Layout, layOutSections } from './output_sections.ts'
import { linkRelocations } from './relocation_sections.ts'
import { buildSymbolTable } from './symbol_table.ts'

/**
 * Links BPF objects into one, as `bpftool gen object` and libbpf's static linker (src/linker.c) do: sections of one name
 * become one, global symbols find each other, relocations and what BTF says move along, and types that several objects
 * have are there once. The result is a relocatable object again: it can be loaded, and linked with others. A single object
 * is linked too, which takes DWARF and duplicate types out of it.
 *
 * (Not to be confused with src/relocate/linker.ts, which puts a program and the functions that it calls together when an
 * object is loaded.)
 *
 * @param sources of either byte order, but all of the same; nothing of them is changed
 * @returns the object's bytes
 * @throws LinkerError with a code for each thing that objects can disagree on; ElfError, BtfError, ObjectError for an object that
 *   cannot be read
 */
export function linkObjects(sources: readonly LinkSource[]): Uint8Array {
  const inputs = sources.map(({ name, bytes }) => readInput({ name, bytes: plainBytes(bytes) }))
  const endianness = commonEndianness(inputs)
  const layout = layOutSections(inputs)
  const globals = resolveGlobals(inputs, layout)
  const symbols = buildSymbolTable(inputs, layout, globals)
  const relocations = linkRelocations(inputs, layout, symbols)
  const types = linkTypes(inputs, layout, globals, endianness)
  const sections = [...layout.sections, ...relocations, ...types]
  return writeRelocatable({ endianness, sections, symbols: symbols.symbols })
}

function commonEndianness(inputs: readonly InputObject[]): Endianness {
  const [first, ...others] = inputs
  if (first === undefined) {
    throw new LinkerError('LINK_NO_INPUT', 'cannot link objects: none was given; give one or more')
  }
  const { endianness } = first.elf
  const other = others.find(({ elf }) => elf.endianness !== endianness)
  if (other === undefined) return endianness
  const message =
    `${other.name}: cannot link it with ${first.name}: it is ${other.elf.endianness}-endian, and ${first.name} is ` +
    `${endianness}-endian; build both with the same -target (bpfel or bpfeb)`
  throw new LinkerError('LINK_ENDIANNESS', message, { object: other.name, otherObject: first.name })
}

/** `.BTF` and `.BTF.ext`, where there is anything in them. */
function linkTypes(
  inputs: readonly InputObject[],
  layout: Layout,
  globals: ReadonlyMap<string, GlobalSymbol>,
  endianness: Endianness,
): readonly WritableSection[] {
  const merged = mergeTypes(inputs, globals)
  addDatasecs(merged, inputs, layout, globals)
  if (merged.list.count === 0) return []
  const { types, ids } = dedup(merged.list)
  const info = mergeInfo({ inputs, layout, merged, ids, strings: types.strings, endianness })
  const btf = typeSection('.BTF', types.bytes(endianness))
  return info === undefined ? [btf] : [btf, typeSection('.BTF.ext', info)]
}

function typeSection(name: string, data: Uint8Array): WritableSection {
  return { name, type: SHT_PROGBITS, flags: 0n, data, size: data.length, alignment: 8, entrySize: 0 }
}
