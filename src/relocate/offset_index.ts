/**
 * Records of one section, sorted by the offset that each is about, so that a program finds its own by binary search. An
 * object may have thousands of programs in one section, and looking at every record for each of them adds up.
 */
export class OffsetIndex<Item> {
  readonly #items: readonly Item[]
  readonly #offsetOf: (item: Item) => number

  /** @param offsetOf Bytes from the start of the section. Records of one offset keep their order. */
  constructor(items: readonly Item[], offsetOf: (item: Item) => number) {
    this.#offsetOf = offsetOf
    this.#items = items.toSorted((left, right) => offsetOf(left) - offsetOf(right))
  }

  /** The records from `first` on and before `end`. */
  within(first: number, end: number): readonly Item[] {
    return this.#items.slice(this.#lowerBound(first), this.#lowerBound(end))
  }

  /** How many records lie before `offset`. */
  #lowerBound(offset: number): number {
    let low = 0
    let high = this.#items.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const item = this.#items[middle]
      if (item !== undefined && this.#offsetOf(item) < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
