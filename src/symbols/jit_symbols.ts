/** A function that a just-in-time compiler has made. */
export interface JitSymbol {
  /** As the compiler calls it. */
  readonly name: string
  /** Where its code starts. */
  readonly address: bigint
}

const SPACE = 0x20
const LINE_FEED = 0x0a

/** Bytes: addresses of user space have at most 57 bits, and numbers 53 exact ones. No compiler's code is above that. */
const MAX_DIGITS = 13

/**
 * The functions of a `/tmp/perf-PID.map`, by address: lines of `START SIZE name`, both in hexadecimal digits
 * (tools/perf/Documentation/jit-interface.txt, Linux 6.19). Compilers write it while they compile, and never take a line back:
 * of several functions at one address the last line tells which is there now. Lines that are something else, and a last one that
 * is not complete yet, are passed over.
 */
export class JitSymbols {
  readonly #bytes: Uint8Array
  /** By line, in the file's order. */
  readonly #starts: Float64Array
  readonly #sizes: Float64Array
  /** Where in the file each name is. */
  readonly #names: Uint32Array
  /** Lines by their addresses; those of one address in the file's order. */
  readonly #order: Uint32Array
  readonly #largest: number

  /** @param bytes The file; it must not change as long as this is used. */
  constructor(bytes: Uint8Array) {
    const lines = countLines(bytes)
    this.#bytes = bytes
    this.#starts = new Float64Array(lines)
    this.#sizes = new Float64Array(lines)
    this.#names = new Uint32Array(lines)
    const count = this.#readLines()
    const starts = this.#starts
    this.#order = new Uint32Array(count)
      .map((_, line) => line)
      .sort((one, other) => (starts[one] ?? 0) - (starts[other] ?? 0) || one - other)
    this.#largest = this.#sizes.reduce((most, size) => Math.max(most, size), 0)
  }

  /** The function at an address, undefined where there is none. */
  find(address: bigint): JitSymbol | undefined {
    const wanted = Number(address)
    let latest = -1
    for (let place = this.#placeBehind(wanted) - 1; place >= 0; place--) {
      const line = this.#order[place] ?? 0
      const start = this.#starts[line] ?? 0
      if (start + this.#largest <= wanted) break
      if (wanted < start + (this.#sizes[line] ?? 0)) latest = Math.max(latest, line)
    }
    if (latest < 0) return undefined
    return { name: this.#nameOf(latest), address: BigInt(this.#starts[latest] ?? 0) }
  }

  /** Fills the tables: how many lines there are. */
  #readLines(): number {
    const bytes = this.#bytes
    let count = 0
    let start = 0
    for (;;) {
      const end = bytes.indexOf(LINE_FEED, start)
      if (end < 0) return count
      if (this.#readLine(start, end, count)) count++
      start = end + 1
    }
  }

  /** Whether it is a line as they should be; then it is in the tables at `index`. */
  #readLine(start: number, end: number, index: number): boolean {
    const size = this.#behindNumber(start)
    const name = this.#behindNumber(size)
    if (size < 0 || name < 0 || name >= end) return false
    this.#starts[index] = this.#numberAt(start, size)
    this.#sizes[index] = this.#numberAt(size, name)
    this.#names[index] = name
    return true
  }

  /** Where what follows a number and a space begins; -1 where there is no number, or too long a one. */
  #behindNumber(start: number): number {
    if (start < 0) return -1
    for (let at = start; at <= start + MAX_DIGITS; at++) {
      const byte = this.#bytes[at] ?? 0
      if (byte === SPACE) return at > start ? at + 1 : -1
      if (digitOf(byte) < 0) return -1
    }
    return -1
  }

  #numberAt(start: number, behind: number): number {
    let number = 0
    for (let at = start; at < behind - 1; at++) number = number * 16 + digitOf(this.#bytes[at] ?? 0)
    return number
  }

  /** How many of the lines in order start at the address or before it. */
  #placeBehind(address: number): number {
    let low = 0
    let high = this.#order.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#starts[this.#order[middle] ?? 0] ?? 0) <= address) low = middle + 1
      else high = middle
    }
    return low
  }

  #nameOf(line: number): string {
    const start = this.#names[line] ?? 0
    return new TextDecoder().decode(this.#bytes.subarray(start, this.#bytes.indexOf(LINE_FEED, start)))
  }
}

function countLines(bytes: Uint8Array): number {
  let count = 0
  let end = bytes.indexOf(LINE_FEED)
  while (end >= 0) {
    count++
    end = bytes.indexOf(LINE_FEED, end + 1)
  }
  return count
}

/** Of a hexadecimal digit; -1 for another byte. */
function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
