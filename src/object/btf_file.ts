import { plainBytes } from '../base/plain_bytes.ts'
import { Btf } from '../btf/btf.ts'
import { BtfError } from '../btf/btf_error.ts'
import { BTF_MAGIC } from '../btf/format.ts'
import { relocateSplitBtf } from '../btf/relocate_split.ts'
import type { ElfFile } from '../elf/elf_file.ts'
import { parseElfSections } from '../elf/parse.ts'
import { sectionNamed } from '../elf/lookup.ts'

export interface BtfFileOptions {
  /** How errors call the file; a path is fine. */
  readonly name: string
  /** What a module's types go on from: the types of the kernel that it is for. */
  readonly base?: Btf | undefined
}

/** How files begin. */
const ELF = [0x7f, 0x45, 0x4c, 0x46]

/** What people have of a kernel, and has to be unpacked. */
const PACKED = [
  { start: [0x4d, 0x5a], what: 'a boot image: take the vmlinux that is packed in it' },
  { start: [0x1f, 0x8b], what: 'compressed with gzip: decompress it' },
  { start: [0xfd, 0x37, 0x7a, 0x58, 0x5a], what: 'compressed with xz: decompress it' },
  { start: [0x28, 0xb5, 0x2f, 0xfd], what: 'compressed with zstd: decompress it' },
] as const

/**
 * Reads a kernel's types from a file: raw BTF, as /sys/kernel/btf has it and `bpftool gen min_core_btf` writes it, or an
 * ELF file with a section `.BTF`: vmlinux, a module, an object. Either byte order, either class.
 *
 * A module that was built outside of the kernel's tree has a distilled base in `.BTF.base`. With `base` it is put on that;
 * without, it stays on its distilled base, which has names and sizes only. A module without one needs `base`.
 *
 * @param bytes The whole file. They are not copied and must not change while the Btf is used.
 * @throws BtfError 'BTF_NOT_FOUND' for what is neither, and for an ELF file without types; BTF_BASE_MISMATCH; others as
 *   Btf.parse does; ElfError
 */
export function parseBtfFile(bytes: Uint8Array, { name, base }: BtfFileOptions): Btf {
  const plain = plainBytes(bytes)
  if (startsWith(plain, ELF)) return fromElf(parseElfSections(plain, name), base)
  if (hasBtfMagic(plain)) return Btf.parse(plain, { name, base, atUnknownKind: 'stop' })
  const packed = PACKED.find(({ start }) => startsWith(plain, start))
  if (packed !== undefined) throw notFound(name, `it is ${packed.what}`)
  throw notFound(name, `${startOf(plain)}, and BTF starts with 9f eb, ELF with 7f 45 4c 46`)
}

function fromElf(elf: ElfFile, base: Btf | undefined): Btf {
  const { name } = elf
  const section = sectionNamed(elf, '.BTF')
  if (section === undefined || section.data.length === 0) {
    throw notFound(
      name,
      'it is an ELF file without a section .BTF: a kernel has it with CONFIG_DEBUG_INFO_BTF, unless it was stripped',
    )
  }
  const distilled = sectionNamed(elf, '.BTF.base')
  if (distilled === undefined) return Btf.parse(section.data, { name, base, atUnknownKind: 'stop' })
  const distilledBase = Btf.parse(distilled.data, { name: `${name} (.BTF.base)` })
  const split = Btf.parse(section.data, { name, base: distilledBase })
  return base === undefined ? split : relocateSplitBtf(split, base)
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte)
}

function hasBtfMagic([first = 0, second = 0]: Uint8Array): boolean {
  return ((second << 8) | first) === BTF_MAGIC || ((first << 8) | second) === BTF_MAGIC
}

function startOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'it is empty'
  const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
  return `it starts with ${start}`
}

function notFound(name: string, why: string): BtfError {
  return new BtfError(
    'BTF_NOT_FOUND',
    `cannot read types from ${name}: ${why}; give a file like /sys/kernel/btf/vmlinux or a vmlinux with .BTF`,
    { object: name },
  )
}
