import type { SectionIndex } from '../base/units.ts'
import { SHF_EXECINSTR, SHT_NOBITS } from '../elf/constants.ts'
import type { ElfSection } from '../elf/elf_file.ts'
import { FIRST_SECTION, MAX_SECTIONS } from '../elf/elf_writer.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import type { InputObject } from './input_object.ts'
import { LinkerError } from './linker_error.ts'

/**
 * Sections of one name become one section: their bytes one after the other, each at a multiple of its alignment. The
 * sections come in the order in which their names come up first. `license` and `version` say something of the whole
 * object; they are there once and have to agree. (libbpf does the same: linker_append_sec_data and extend_sec in
 * src/linker.c.)
 */

/** A section of the result. */
export interface OutputSection {
  readonly name: string
  readonly type: number
  readonly flags: bigint
  readonly entrySize: number
  readonly alignment: number
  /** Bytes in memory. */
  readonly size: number
  /** Empty for SHT_NOBITS. Its bytes are changed where relocations against sections want it. */
  readonly data: Uint8Array
  /** In the result's section header table. */
  readonly index: number
  /** The first object that has it. */
  readonly object: string
}

/** Where a section of an object went. */
export interface Placement {
  readonly section: OutputSection
  /** Bytes from the start of the output section. */
  readonly offset: number
  /** 'copy' where the bytes were there already: what the object says of them is said. */
  readonly contents: 'own' | 'copy'
}

export interface Layout {
  readonly sections: readonly OutputSection[]
  sectionNamed(name: string): OutputSection | undefined
  /** Where the object's section went; undefined for one that is not linked. */
  placementOf(input: InputObject, section: SectionIndex): Placement | undefined
  /** Where the object's first section of that name went. */
  placementNamed(input: InputObject, name: string): Placement | undefined
}

/**
 * @throws LinkerError LINK_SECTION_MISMATCH, LINK_LICENSE_MISMATCH, LINK_TOO_LARGE
 */
export function layOutSections(inputs: readonly InputObject[]): Layout {
  const parts = collectParts(inputs)
  if (parts.size > MAX_CONTENTS) {
    throw tooLarge(`${parts.size} sections, and the tables of an object have room for ${MAX_CONTENTS}`)
  }
  const places = new Map<InputObject, Map<SectionIndex, Placement>>(inputs.map((input) => [input, new Map()]))
  const budget = { padding: MAX_PADDING }
  const sections = [...parts.values()].map((own, number) => {
    const section = merge(own, FIRST_SECTION + number, budget)
    own.forEach(({ input, section: { index } }, order) => {
      const contents = isSaidOnce(section.name) && order > 0 ? 'copy' : 'own'
      places.get(input)?.set(index, { section, offset: section.offsets[order] ?? 0, contents })
    })
    return section
  })
  const placementOf: Layout['placementOf'] = (input, index) => places.get(input)?.get(index)
  const firstOfName = new Map(inputs.map((input) => [input, indicesByName(input)]))
  const byName = new Map(sections.map((section) => [section.name, section]))
  return {
    sections,
    sectionNamed: (name) => byName.get(name),
    placementOf,
    placementNamed: (input, name) => {
      const index = firstOfName.get(input)?.get(name)
      return index === undefined ? undefined : placementOf(input, index)
    },
  }
}

/** The object's first section of each name. */
function indicesByName({ contents }: InputObject): ReadonlyMap<string, SectionIndex> {
  const indices = new Map<string, SectionIndex>()
  for (const { name, index } of contents) if (!indices.has(name)) indices.set(name, index)
  return indices
}

/** Each may have relocations, and there are .BTF and .BTF.ext. */
const MAX_CONTENTS = Math.floor((MAX_SECTIONS - 2) / 2)

/** What one section of the result is made of. */
interface Part {
  readonly input: InputObject
  readonly section: ElfSection
}

/** By the section's name. */
function collectParts(inputs: readonly InputObject[]): ReadonlyMap<string, readonly Part[]> {
  const parts = new Map<string, Part[]>()
  for (const input of inputs) {
    for (const section of input.contents) {
      const known = parts.get(section.name)
      if (known === undefined) parts.set(section.name, [{ input, section }])
      else {
        const [first] = known
        if (first !== undefined) requireSameForm(first, { input, section })
        known.push({ input, section })
      }
    }
  }
  return parts
}

const isSaidOnce = (name: string): boolean => name === 'license' || name === 'version'

function requireSameForm(first: Part, other: Part): void {
  for (const [field, what] of [
    ['type', 'type'],
    ['flags', 'flags'],
    ['entrySize', 'entry size'],
  ] as const) {
    const [one, another] = [first.section[field], other.section[field]]
    if (one === another) continue
    const found = `has ${what} ${String(another)}, and in ${first.input.name} ${String(one)}`
    throw mismatch('LINK_SECTION_MISMATCH', first, other, `${found}; give one of them another name`)
  }
  if (!isSaidOnce(first.section.name)) return
  if (Buffer.compare(first.section.data, other.section.data) === 0) return
  const [one, another] = [first, other].map(({ section }) => printable(section.data))
  const found = `says ${another ?? ''}, and in ${first.input.name} ${one ?? ''}; one object can say one thing`
  throw mismatch('LINK_LICENSE_MISMATCH', first, other, found)
}

/** The string in the bytes if they are one, otherwise the bytes. */
function printable(data: Uint8Array): string {
  const text = Buffer.from(data).toString('latin1').replace(/\0$/, '')
  return /^[\x20-\x7e]*$/.test(text) ? JSON.stringify(text) : Buffer.from(data).toString('hex')
}

function mismatch(
  code: 'LINK_SECTION_MISMATCH' | 'LINK_LICENSE_MISMATCH',
  first: Part,
  other: Part,
  found: string,
): LinkerError {
  const { name } = other.section
  return new LinkerError(code, `${other.input.name}: cannot link section ${name}: it ${found}`, {
    object: other.input.name,
    otherObject: first.input.name,
    section: name,
  })
}

/** Bytes between the sections of all objects together; more is the wish of a hostile file. */
const MAX_PADDING = 16 << 20

function merge(
  parts: readonly Part[],
  index: number,
  budget: { padding: number },
): OutputSection & { readonly offsets: readonly number[] } {
  const [first] = parts
  const { name, type = 0, flags = 0n, entrySize = 0 } = first?.section ?? { name: '' }
  // Instructions are counted in slots, whatever the file says of their alignment.
  let alignment = (flags & SHF_EXECINSTR) === 0n ? 1 : INSN_SIZE
  let size = 0
  const offsets: number[] = []
  for (const { section } of isSaidOnce(name) ? parts.slice(0, 1) : parts) {
    alignment = Math.max(alignment, section.alignment)
    const offset = Math.ceil(size / alignment) * alignment
    if (type !== SHT_NOBITS) budget.padding -= offset - size
    if (budget.padding < 0) throw tooLarge(`more than ${MAX_PADDING} bytes between sections, to align them`)
    offsets.push(offset)
    size = offset + section.size
    if (size > MAX_SIZE) throw tooLarge(`section ${name} with more than ${MAX_SIZE} bytes`)
  }
  const data = new Uint8Array(type === SHT_NOBITS ? 0 : size)
  offsets.forEach((offset, order) => {
    // What has no bytes may lie beyond the end of the bytes that there are.
    const own = parts[order]?.section.data
    if (own !== undefined && own.length > 0) data.set(own, offset)
  })
  const object = first?.input.name ?? ''
  return { name, type, flags, entrySize, alignment, size, data, index, object, offsets }
}

/** BTF has 32 bits for a section's size. */
const MAX_SIZE = 0xffff_ffff

function tooLarge(found: string): LinkerError {
  return new LinkerError('LINK_TOO_LARGE', `cannot link the objects: the result would have ${found}`)
}
