/**
 * The part of elfy 1.0 that rawbpf calls. elfy brings no types; these are read from its lib/elfy/parser.js,
 * and leave out the fields that elfy reads wrongly (see elfy.ts).
 */
declare module 'elfy' {
  interface ElfyHeader {
    /** `e_flags`. */
    readonly flags: number
    readonly ehsize: number
    /** Bytes; a 64-bit offset as the nearest double. */
    readonly shoff: number
    readonly shentsize: number
    readonly shnum: number
    readonly shstrndx: number
  }

  interface ElfySection {
    /** `sh_name`: as long as the names are not resolved, an offset into the string table. */
    readonly name: number
    /** Bytes; 64-bit values as the nearest double. */
    readonly off: number
    readonly size: number
    readonly link: number
    readonly info: number
  }

  interface Parser {
    parseHeader(file: Buffer): ElfyHeader
    parseSections(file: Buffer, header: ElfyHeader): ElfySection[]
  }

  const elfy: { readonly Parser: new () => Parser }
  export default elfy
  export type { ElfyHeader, ElfySection }
}
