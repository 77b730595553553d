import type { ElfSection } from './elf_file.ts'
import { reject, type ElfSource } from './source.ts'

/**
 * How many bytes of names a table may yield, as a multiple of its own size. Linkers let a name share the end
 * of a longer one, so names may be longer in sum than their table. A hostile table is one long string, with a
 * symbol at each of its bytes: a megabyte of these would be hundreds of gigabytes of names.
 */
const NAME_BYTES_PER_TABLE_BYTE = 16

/**
 * Names from one SHT_STRTAB section (gabi 4.3, "String Table"): NUL-terminated, found by their offset. A name
 * that many symbols share is decoded once.
 */
export class StringTable {
  readonly #source: ElfSource
  readonly #table: ElfSection
  readonly #names = new Map<number, string>()
  readonly #decoder = new TextDecoder()
  #budget: number

  constructor(source: ElfSource, table: ElfSection) {
    this.#source = source
    this.#table = table
    this.#budget = table.data.length * NAME_BYTES_PER_TABLE_BYTE
  }

  /**
   * The string that starts `offset` bytes into the table. `what` names its owner in errors. Bytes that are no
   * UTF-8 become U+FFFD.
   *
   * @throws ElfError ELF_BAD_STRING, ELF_TOO_LARGE
   */
  nameAt(offset: number, what: string): string {
    const known = this.#names.get(offset)
    if (known !== undefined) return known
    const name = this.#decode(offset, what)
    this.#names.set(offset, name)
    return name
  }

  #decode(offset: number, what: string): string {
    const { data } = this.#table
    // An empty table is valid, and so is the empty name in it.
    if (offset === 0 && data.length === 0) return ''
    if (offset >= data.length) {
      this.#reject(
        'ELF_BAD_STRING',
        offset,
        `the name of ${what} is at ${offset} of a table of ${data.length} bytes`,
      )
    }
    const end = data.indexOf(0, offset)
    if (end === -1) {
      this.#reject('ELF_BAD_STRING', offset, `the name of ${what} at ${offset} has no NUL at its end`)
    }
    this.#budget -= end - offset
    if (this.#budget < 0) {
      const limit = `${NAME_BYTES_PER_TABLE_BYTE} times the table's ${data.length} bytes`
      this.#reject(
        'ELF_TOO_LARGE',
        offset,
        `names overlap: with that of ${what} they take more than ${limit}`,
      )
    }
    return this.#decoder.decode(data.subarray(offset, end))
  }

  #reject(code: 'ELF_BAD_STRING' | 'ELF_TOO_LARGE', offset: number, found: string): never {
    const { index, name } = this.#table
    reject(this.#source, code, `cannot read the string table in section ${index}: ${found}`, {
      // The table that names the sections is read before it has a name itself.
      section: name === '' ? undefined : name,
      offset: this.#table.offset + offset,
    })
  }
}
