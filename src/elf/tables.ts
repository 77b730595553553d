import type { ElfSection } from './elf_file.ts'
import { reject, type ElfSource } from './source.ts'

/**
 * How many entries of `entrySize` bytes `section` holds.
 *
 * @throws ElfError ELF_BAD_SIZE if `sh_entsize` is another, or the section's size no multiple of it
 */
export function countEntries(source: ElfSource, section: ElfSection, entrySize: number): number {
  const { name, offset, data } = section
  if (section.entrySize !== entrySize) {
    const found = `the entries of section ${name} are said to have ${section.entrySize} bytes; they have ${entrySize}`
    reject(source, 'ELF_BAD_SIZE', found, { section: name, offset })
  }
  if (data.length % entrySize !== 0) {
    const found = `section ${name} has ${data.length} bytes, no multiple of its entries' ${entrySize}`
    reject(source, 'ELF_BAD_SIZE', found, { section: name, offset })
  }
  return data.length / entrySize
}
