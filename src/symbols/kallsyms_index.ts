/** A function of the kernel at or before an address. */
export interface KernelSymbol {
  readonly name: string
  /** Where it starts. */
  readonly address: bigint
  /** The module that it is of, `bpf` for programs that were compiled; undefined for the kernel itself. */
  readonly module: string | undefined
}

const SPACE = 0x20
const TAB = 0x09
const LINE_FEED = 0x0a

/** Types of code: local, global, weak (nm(1)). */
const CODE_TYPES = new Set(['t', 'T', 'w', 'W'].map((type) => type.charCodeAt(0)))

/**
 * The symbols of `/proc/kallsyms` by address. The file has 100,000 to 200,000 lines, of which a stack trace needs twenty: so
 * nothing but the addresses is decoded, into numbers of 32 bits, and a name where it is asked for.
 *
 * The kernel's own symbols come sorted and those of modules behind them do not; only what is out of order is sorted. The file has
 * no sizes. So data is in the index too: an address behind the last function of a part is nearest to data, and then of no
 * function.
 */
export class KallsymsIndex {
  readonly #bytes: Uint8Array
  readonly #highs: Uint32Array
  readonly #lows: Uint32Array
  /** Where each line starts. */
  readonly #lines: Uint32Array
  /** How many symbols are in order from the start on. */
  readonly #sorted: number
  /** These, then the others by address. Those of one address are in the file's order. */
  readonly #order: Uint32Array
  /** Whether every address is 0, which is how the kernel hides them from those who may not know. */
  readonly hidden: boolean

  /** @param bytes The file; it must not change as long as the index is used. */
  constructor(bytes: Uint8Array) {
    const lines = lineStarts(bytes)
    const [highs, lows] = [new Uint32Array(lines.length), new Uint32Array(lines.length)]
    let count = 0
    let seen = 0
    for (const start of lines) {
      if (readAddress(bytes, start, count, highs, lows)) lines[count++] = start
      if (count > 0) seen |= (highs[count - 1] ?? 0) | (lows[count - 1] ?? 0)
    }
    this.#bytes = bytes
    this.#highs = highs
    this.#lows = lows
    this.#lines = lines.subarray(0, count)
    this.hidden = seen === 0 && count > 0
    let sorted = Math.min(count, 1)
    while (sorted < count && this.#compare(sorted - 1, sorted) <= 0) sorted++
    this.#sorted = sorted
    this.#order = new Uint32Array(count).map((_, index) => index)
    this.#order.subarray(sorted).sort((one, other) => this.#compare(one, other) || one - other)
  }

  /** How many symbols there are. */
  get size(): number {
    return this.#lines.length
  }

  /** The function that `address` is in. */
  find(address: bigint): KernelSymbol | undefined {
    if (this.hidden) return undefined
    const place = { high: Number((address >> 32n) & 0xffff_ffffn), low: Number(address & 0xffff_ffffn) }
    const inOrder = this.#lastNotAbove(place, 0, this.#sorted)
    const others = this.#lastNotAbove(place, this.#sorted, this.size)
    const hasOther = others >= this.#sorted
    const nearer = inOrder < 0 ? 1 : hasOther ? this.#compareAt(others, inOrder) : -1
    const found = nearer <= 0 ? this.#codeAt(inOrder, 0) : undefined
    return found ?? (hasOther && nearer >= 0 ? this.#codeAt(others, this.#sorted) : undefined)
  }

  /** Of the symbols at the address of the one at `at`, the first that is code, as the kernel itself names addresses. */
  #codeAt(at: number, first: number): KernelSymbol | undefined {
    let found: number | undefined
    for (let place = at; place >= first && this.#compareAt(place, at) === 0; place--) {
      const symbol = this.#order[place] ?? 0
      if (CODE_TYPES.has(this.#typeOf(symbol))) found = symbol
    }
    return found === undefined ? undefined : this.#read(found)
  }

  #compareAt(one: number, other: number): number {
    return this.#compare(this.#order[one] ?? 0, this.#order[other] ?? 0)
  }

  #compare(one: number, other: number): number {
    const high = (this.#highs[one] ?? 0) - (this.#highs[other] ?? 0)
    return high === 0 ? (this.#lows[one] ?? 0) - (this.#lows[other] ?? 0) : high
  }

  /** Where the last symbol not above a place is, of those from `from` up to `to`; one before them where there is none. */
  #lastNotAbove(
    { high, low }: { readonly high: number; readonly low: number },
    from: number,
    to: number,
  ): number {
    let [first, behind] = [from, to]
    while (first < behind) {
      const middle = (first + behind) >>> 1
      const symbol = this.#order[middle] ?? 0
      const difference = (this.#highs[symbol] ?? 0) - high || (this.#lows[symbol] ?? 0) - low
      if (difference <= 0) first = middle + 1
      else behind = middle
    }
    return first - 1
  }

  #typeOf(symbol: number): number {
    const space = this.#bytes.indexOf(SPACE, this.#lines[symbol])
    return this.#bytes[space + 1] ?? 0
  }

  /** `ffffffff81000000 T _text`, and behind a tab a module's name in brackets. */
  #read(symbol: number): KernelSymbol {
    const bytes = this.#bytes
    const start = bytes.indexOf(SPACE, this.#lines[symbol]) + 3
    const end = bytes.indexOf(LINE_FEED, start)
    const line = bytes.subarray(start, end === -1 ? bytes.length : end)
    const tab = line.indexOf(TAB)
    const name = Buffer.from(tab === -1 ? line : line.subarray(0, tab)).toString('latin1')
    const module = tab === -1 ? undefined : Buffer.from(line.subarray(tab + 2, -1)).toString('latin1')
    const address = (BigInt(this.#highs[symbol] ?? 0) << 32n) | BigInt(this.#lows[symbol] ?? 0)
    return { name, address, module }
  }
}

function lineStarts(bytes: Uint8Array): Uint32Array {
  let count = 0
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) count++
  const starts = new Uint32Array(count + 1)
  let index = 1
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1))
    starts[index++] = at + 1
  return starts
}

/** Reads up to 16 hexadecimal digits and the space behind them; false for a line that does not begin so. */
function readAddress(
  bytes: Uint8Array,
  start: number,
  index: number,
  highs: Uint32Array,
  lows: Uint32Array,
): boolean {
  let [high, low] = [0, 0]
  for (let at = start; at <= start + 16; at++) {
    const byte = bytes[at] ?? 0
    if (byte === SPACE) {
      highs[index] = high
      lows[index] = low
      return at > start
    }
    const digit = digitOf(byte)
    if (digit === -1) return false
    high = ((high << 4) | (low >>> 28)) >>> 0
    low = ((low << 4) | digit) >>> 0
  }
  return false
}

function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
