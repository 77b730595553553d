import { BtfError } from './btf_error.ts'

/**
 * BTF's string section: NUL-terminated strings one after the other, referred to by the offset of their first byte. A
 * string may be the tail of a longer one, so a name can begin anywhere. The strings of split BTF continue those of its
 * base: its own offsets start where the base's end.
 */
export class StringSection {
  /** The offset of the first byte; those below belong to the base. */
  readonly start: number
  readonly base: StringSection | undefined
  /** A Buffer because its `toString` costs 70 ns for a name, TextDecoder 110. It is a global: nothing is imported. */
  readonly bytes: Buffer
  readonly #object: string

  constructor(
    strings: Uint8Array,
    options: { readonly object: string; readonly base: StringSection | undefined },
  ) {
    this.bytes = Buffer.from(strings.buffer, strings.byteOffset, strings.length)
    this.base = options.base
    this.start = options.base?.end ?? 0
    this.#object = options.object
  }

  /** The first offset after these strings. */
  get end(): number {
    return this.start + this.bytes.length
  }

  /** @throws BtfError BTF_BAD_STRING outside of the section, or where no NUL follows */
  at(offset: number): string {
    if (offset === 0) return ''
    if (offset < this.start && this.base !== undefined) return this.base.at(offset)
    const from = offset - this.start
    const end = from < this.bytes.length ? this.bytes.indexOf(0, from) : -1
    if (from >= 0 && end >= from) return this.bytes.toString('utf8', from, end)
    const why =
      offset < this.end
        ? 'has no NUL at its end'
        : `is outside of the string section, which ends at ${this.end}`
    const message = `BTF of ${this.#object}: the string at offset ${offset} ${why}.`
    throw new BtfError('BTF_BAD_STRING', message, { object: this.#object })
  }
}
