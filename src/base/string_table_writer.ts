/**
 * Writes a string table as ELF and BTF have it: NUL-terminated strings one after the other, each there once, the empty one
 * at offset 0.
 *
 * Names in files are bytes, and need not be UTF-8 (a line of C source in Latin-1 is in `.BTF`). So that they come out as
 * they went in, `addBytes` takes a string with one character for each byte, which is what decoding as 'latin1' gives.
 */
export class StringTableWriter {
  readonly #offsets = new Map<string, number>([['', 0]])
  #length = 1

  /** The offset of `text`, as UTF-8, which is added if it is not there yet. It must not contain NUL. */
  add(text: string): number {
    return this.addBytes(Buffer.from(text, 'utf8').toString('latin1'))
  }

  /** The offset of a string that has one character for each byte. It must not contain NUL. */
  addBytes(text: string): number {
    const known = this.#offsets.get(text)
    if (known !== undefined) return known
    const offset = this.#length
    this.#offsets.set(text, offset)
    this.#length += text.length + 1
    return offset
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#length)
    // Strings are in a Map in the order in which they were added, which is the order of their offsets.
    for (const [text, offset] of this.#offsets) bytes.set(Buffer.from(text, 'latin1'), offset)
    return bytes
  }
}
