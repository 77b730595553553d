import * as elf from '../elf/constants.ts'

const sectionTypes: ReadonlyMap<number, string> = new Map([
  [elf.SHT_NULL, 'SHT_NULL'],
  [elf.SHT_PROGBITS, 'SHT_PROGBITS'],
  [elf.SHT_SYMTAB, 'SHT_SYMTAB'],
  [elf.SHT_STRTAB, 'SHT_STRTAB'],
  [elf.SHT_RELA, 'SHT_RELA'],
  [elf.SHT_NOBITS, 'SHT_NOBITS'],
  [elf.SHT_REL, 'SHT_REL'],
  [elf.SHT_DYNSYM, 'SHT_DYNSYM'],
  [elf.SHT_SYMTAB_SHNDX, 'SHT_SYMTAB_SHNDX'],
])

/** The name of an `sh_type`; of one that is not known the number, in hexadecimal as readelf(1) has it. */
export function sectionTypeName(type: number): string {
  return sectionTypes.get(type) ?? `type 0x${type.toString(16)}`
}
