import type { ElfFile, ElfSection } from '../src/elf/elf_file.ts'
import { parseElf } from '../src/elf/parse.ts'

/** An object file's bytes, and the name that errors use. */
export interface ObjectBytes {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Tells the linker which symbols have their address taken; a BPF loader has no use for it. */
const ignoredSections: ReadonlySet<string> = new Set(['.llvm_addrsig'])

/**
 * Compares two object files section by section: code, data, BTF, relocations, symbols. Where a section lies in the file
 * does not matter. Returns one sentence for each difference, none if the objects are the same to a loader.
 *
 * @throws {ElfError} if one of them is no ELF file.
 */
export function compareObjects(committed: ObjectBytes, rebuilt: ObjectBytes): readonly string[] {
  if (Buffer.compare(committed.bytes, rebuilt.bytes) === 0) return []
  const before = sectionsByName(parseElf(committed.bytes, committed.name))
  const after = sectionsByName(parseElf(rebuilt.bytes, rebuilt.name))
  const names = new Set([...before.keys(), ...after.keys()])
  return [...names].flatMap((name) => compareSections(name, before.get(name), after.get(name)))
}

function sectionsByName(file: ElfFile): ReadonlyMap<string, ElfSection> {
  const sections = file.sections.filter((section) => !ignoredSections.has(section.name))
  return new Map(sections.map((section) => [section.name, section]))
}

function compareSections(
  name: string,
  committed: ElfSection | undefined,
  rebuilt: ElfSection | undefined,
): string[] {
  if (committed === undefined) return [`section ${name} is only in the rebuilt object`]
  if (rebuilt === undefined) return [`section ${name} is only in the committed object`]
  if (committed.size !== rebuilt.size) {
    return [
      `section ${name} has ${committed.size} bytes in the committed object, ${rebuilt.size} in the rebuilt one`,
    ]
  }
  if (committed.type !== rebuilt.type || committed.flags !== rebuilt.flags) {
    return [`section ${name} has another type or other flags`]
  }
  const offset = committed.data.findIndex((byte, index) => byte !== rebuilt.data[index])
  return offset === -1 ? [] : [`section ${name} differs from byte ${offset} on`]
}
