import { Btf } from '../btf/btf.ts'
import { type BtfExt, parseBtfExt } from '../btf/btf_ext.ts'
import {
  EM_BPF,
  ET_REL,
  SHF_EXECINSTR,
  SHT_LLVM_ADDRSIG,
  SHT_NOBITS,
  SHT_NULL,
  SHT_PROGBITS,
  SHT_REL,
  SHT_RELA,
  SHT_STRTAB,
  SHT_SYMTAB,
  SHT_SYMTAB_SHNDX,
} from '../elf/constants.ts'
import type { ElfFile, ElfSection } from '../elf/elf_file.ts'
import { sectionNamed } from '../elf/lookup.ts'
import { parseElf } from '../elf/parse.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import { type Declarations, type InputDatasec, readDatasecs, readDeclarations } from './declarations.ts'
import { type InputTypes, readInputTypes } from './input_types.ts'
import { LinkerError, type LinkerErrorCode } from './linker_error.ts'

/** One of the objects that are linked, read and checked. */
export interface InputObject {
  /** How errors call it. */
  readonly name: string
  readonly elf: ElfFile
  /** The sections whose bytes become part of the result, in file order: code and data. */
  readonly contents: readonly ElfSection[]
  /** Undefined where the object was built without -g. */
  readonly types: InputTypes | undefined
  readonly btfExt: BtfExt | undefined
  readonly datasecs: readonly InputDatasec[]
  /** What BTF says of global symbols. */
  readonly declarations: Declarations
}

/** What is linked: a file's bytes, and how errors call it. */
export interface LinkSource {
  readonly name: string
  readonly bytes: Uint8Array
}

/**
 * Reads an object.
 *
 * @throws ElfError, BtfError; LinkerError LINK_NOT_BPF, LINK_BAD_SECTION, LINK_BAD_TYPES, LINK_TOO_LARGE
 */
export function readInput({ name, bytes }: LinkSource): InputObject {
  const elf = parseElf(bytes, name)
  requireBpf(elf)
  const contents = elf.sections.filter((section) => isContent(elf, section))
  for (const section of contents) checkContent(elf, section)
  checkTotalSize(elf, contents, bytes.length)
  const types = readTypes(elf)
  const datasecs = types === undefined ? [] : readDatasecs(types)
  const declarations = types === undefined ? new Map<string, never>() : readDeclarations(types, datasecs)
  return { name, elf, contents, types, btfExt: readBtfExt(elf, types), datasecs, declarations }
}

function readTypes(elf: ElfFile): InputTypes | undefined {
  const section = sectionNamed(elf, '.BTF')
  return section === undefined ? undefined : readInputTypes(Btf.parse(section.data, { name: elf.name }))
}

function readBtfExt(elf: ElfFile, types: InputTypes | undefined): BtfExt | undefined {
  const section = sectionNamed(elf, '.BTF.ext')
  return section === undefined || types === undefined
    ? undefined
    : parseBtfExt(section.data, { btf: types.btf, name: elf.name })
}

function requireBpf(elf: ElfFile): void {
  if (elf.machine === EM_BPF && elf.type === ET_REL && elf.class === 64 && elf.sections.length > 0) return
  const found =
    elf.sections.length === 0
      ? 'it has no section headers'
      : `it has e_type ${elf.type}, e_machine ${elf.machine} and ${elf.class} bits`
  const message =
    `cannot link it: expected a relocatable file (e_type ${ET_REL}) for the BPF machine (e_machine ${EM_BPF}) of 64 bits, ` +
    `and ${found}; build it with clang -target bpf -c`
  throw linkerError(elf.name, 'LINK_NOT_BPF', message)
}

/** Sections that are read for what they say, and written anew or not at all. */
const IGNORED_TYPES: readonly number[] = [
  SHT_NULL,
  SHT_STRTAB,
  SHT_SYMTAB,
  SHT_SYMTAB_SHNDX,
  SHT_REL,
  SHT_RELA,
  SHT_LLVM_ADDRSIG,
]

/** As libbpf's linker has it (is_ignored_sec in src/linker.c): DWARF is dropped, and a `.text` with nothing in it. */
function isContent(elf: ElfFile, section: ElfSection): boolean {
  const { name, type, size } = section
  if (IGNORED_TYPES.includes(type) || isDebugSection(name)) return false
  if (name === '.BTF' || name === '.BTF.ext') return false
  if (type === SHT_PROGBITS) return !(name === '.text' && size === 0)
  if (type === SHT_NOBITS) return true
  const message = `cannot link section ${section.index} (${name}), whose type ${type} is none that BPF objects have`
  throw linkerError(elf.name, 'LINK_BAD_SECTION', message, name)
}

/** Whether a section of that name is DWARF, relocations for it among them. */
export function isDebugSection(name: string): boolean {
  return name.startsWith('.debug_') || name.startsWith('.rel.debug_') || name.startsWith('.rela.debug_')
}

/** The page size of any kernel is less; an object that asks for more wants to make the result grow. */
const MAX_ALIGNMENT = 1 << 20

function checkContent({ name: object }: ElfFile, { name, index, alignment, flags, size }: ElfSection): void {
  const fail = (found: string): LinkerError =>
    linkerError(object, 'LINK_BAD_SECTION', `cannot link section ${index} (${name}): ${found}`, name)
  if (name === '') throw fail('it has no name')
  const isPowerOfTwo = Number.isInteger(Math.log2(Math.max(alignment, 1)))
  if (!isPowerOfTwo || alignment > MAX_ALIGNMENT) {
    throw fail(`its alignment is ${alignment}, which is no power of two up to ${MAX_ALIGNMENT}`)
  }
  if ((flags & SHF_EXECINSTR) !== 0n && size % INSN_SIZE !== 0) {
    throw fail(`it has ${size} bytes of instructions, which have ${INSN_SIZE} each`)
  }
}

/** Sections share no bytes. Without this limit a small file could name its bytes in thousands of sections. */
function checkTotalSize(elf: ElfFile, contents: readonly ElfSection[], fileSize: number): void {
  const total = contents.reduce((sum, { data }) => sum + data.length, 0)
  if (total <= fileSize) return
  const message = `cannot link it: its sections take ${total} bytes, and the file has ${fileSize}; build it again`
  throw linkerError(elf.name, 'LINK_TOO_LARGE', message)
}

function linkerError(object: string, code: LinkerErrorCode, message: string, section?: string): LinkerError {
  return new LinkerError(code, `${object}: ${message}`, { object, section })
}
