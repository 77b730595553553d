import { ByteWriter } from '../base/byte_writer.ts'
import { byteOffset, insnIndex } from '../base/units.ts'
import {
  R_BPF_64_32,
  R_BPF_64_64,
  R_BPF_64_ABS32,
  R_BPF_64_ABS64,
  SHF_EXECINSTR,
  SHT_NOBITS,
  SHT_REL,
  STT_SECTION,
} from '../elf/constants.ts'
import type { ElfRelocation, ElfRelocationSection } from '../elf/elf_file.ts'
import { SYMTAB_SECTION, type WritableSection } from '../elf/elf_writer.ts'
import { STRUCT_SIZE } from '../elf/source.ts'
import { InsnView } from '../insn/insn_view.ts'
import { BPF_CALL, BPF_JMP, INSN_SIZE } from '../insn/opcodes.ts'
import { isDebugSection, type InputObject } from './input_object.ts'
import { LinkerError } from './linker_error.ts'
import type { Layout, OutputSection, Placement } from './output_sections.ts'
import type { SymbolTable } from './symbol_table.ts'

/**
 * The relocations of the result. Each moves with its section and gets the new index of its symbol. That is all, as long as
 * the symbol stands for the very thing that is meant. But clang refers to static functions and data by their section, and
 * keeps the offset in the bytes that are relocated; when that section moves within the new one, these bytes change.
 */
export function linkRelocations(
  inputs: readonly InputObject[],
  layout: Layout,
  symbols: SymbolTable,
): readonly WritableSection[] {
  const bySection = new Map<OutputSection, ByteWriter>()
  for (const input of inputs) {
    for (const relocations of input.elf.relocations) {
      if (isForTypes(relocations.name)) continue
      const target = layout.placementOf(input, relocations.target)
      // The bytes of a copy are there once, and so are their relocations.
      if (target === undefined || target.contents === 'copy') continue
      const out = bySection.get(target.section) ?? new ByteWriter(input.elf.endianness)
      bySection.set(target.section, out)
      link({ input, layout, symbols, target }, relocations, out)
    }
  }
  return [...bySection].map(([section, out]) => relocationSection(section, out.bytes()))
}

/** Sizes and places in `.BTF` and `.BTF.ext` are known when they are written; DWARF is dropped. */
const isForTypes = (name: string): boolean =>
  name.startsWith('.rel.BTF') || name.startsWith('.rela.BTF') || isDebugSection(name)

function relocationSection(section: OutputSection, data: Uint8Array): WritableSection {
  return {
    name: `.rel${section.name}`,
    type: SHT_REL,
    flags: 0n,
    data,
    size: data.length,
    alignment: 8,
    entrySize: STRUCT_SIZE[64].rel,
    link: SYMTAB_SECTION,
    info: section.index,
  }
}

interface Context {
  readonly input: InputObject
  readonly layout: Layout
  readonly symbols: SymbolTable
  /** Where the section that is relocated went. */
  readonly target: Placement
}

const KNOWN_TYPES: readonly number[] = [R_BPF_64_64, R_BPF_64_32, R_BPF_64_ABS64, R_BPF_64_ABS32]

function link(context: Context, { name, entries }: ElfRelocationSection, out: ByteWriter): void {
  const { input, layout, symbols, target } = context
  for (const relocation of entries) {
    const fail = (found: string): LinkerError => badRelocation(input, name, relocation, found)
    const { type, offset, addend } = relocation
    const symbol = input.elf.symbols[relocation.symbol]
    const index = symbols.indexOf(input, relocation.symbol)
    if (!KNOWN_TYPES.includes(type)) throw fail(`has type ${type}; known are ${KNOWN_TYPES.join(', ')}`)
    if (addend !== undefined) throw fail('has an addend of its own (SHT_RELA), which BPF objects do not')
    if (symbol === undefined || index === undefined) {
      throw fail(`is against symbol ${relocation.symbol} (${symbol?.name ?? ''}), which is not linked`)
    }
    if (symbol.type === STT_SECTION && symbol.definedIn.kind === 'section') {
      const moved = layout.placementOf(input, symbol.definedIn.section)?.offset ?? 0
      if (moved !== 0) move(context, relocation, moved, fail)
    }
    out.u64(BigInt(target.offset + offset)).u64((BigInt(index) << 32n) | BigInt(type))
  }
}

type Fail = (found: string) => LinkerError

/** Adds `moved` bytes to the offset in the relocated bytes. */
function move({ input, target }: Context, { offset, type }: ElfRelocation, moved: number, fail: Fail): void {
  const { section } = target
  if (section.type === SHT_NOBITS) throw fail(`changes section ${section.name}, which has no bytes`)
  const at = target.offset + offset
  if ((section.flags & SHF_EXECINSTR) !== 0n) moveInInsn(input, section, at, moved, fail)
  else moveInData(input, section, at, type === R_BPF_64_ABS64 ? 8 : 4, moved, fail)
}

/** A call counts in instructions, from the one behind it: -1 is the first one of the section (llvm_reloc.rst). */
function moveInInsn(
  { elf }: InputObject,
  section: OutputSection,
  at: number,
  moved: number,
  fail: Fail,
): void {
  if (at % INSN_SIZE !== 0) throw fail('is not at the start of an instruction')
  const index = insnIndex(at / INSN_SIZE)
  const view = new InsnView(section.data, elf.endianness)
  const isCall = view.code(index) === (BPF_JMP | BPF_CALL)
  const imm = view.imm(index) + (isCall ? moved / INSN_SIZE : moved)
  if (!Number.isInteger(imm) || imm > 0x7fff_ffff) throw fail(`would need ${imm} in a field of 32 bits`)
  view.setImm(index, imm)
}

/** A pointer to a static function or variable. */
function moveInData(
  { elf }: InputObject,
  { data }: OutputSection,
  at: number,
  size: 4 | 8,
  moved: number,
  fail: Fail,
): void {
  if (at + size > data.length) throw fail(`changes ${size} bytes, which end after the section`)
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  const littleEndian = elf.endianness === 'little'
  if (size === 8) {
    view.setBigUint64(at, view.getBigUint64(at, littleEndian) + BigInt(moved), littleEndian)
    return
  }
  const value = view.getUint32(at, littleEndian) + moved
  if (value > 0xffff_ffff) throw fail(`would need ${value} in a field of 32 bits`)
  view.setUint32(at, value, littleEndian)
}

function badRelocation(
  { name }: InputObject,
  section: string,
  { offset }: ElfRelocation,
  found: string,
): LinkerError {
  const message = `${name}: cannot link it: the relocation in ${section} for byte ${offset} ${found}`
  return new LinkerError('LINK_BAD_RELOCATION', message, {
    object: name,
    section,
    offset: byteOffset(offset),
  })
}
