import type { PerfMemory } from '../../src/ringbuf/perf_layout.ts'

export const SAMPLE = 9
export const LOST = 2

export interface PerfWriterOptions {
  readonly pageSize?: number
  readonly size?: number
  readonly direction?: 'forward' | 'backward'
  /** Where the positions start. */
  readonly position?: bigint
}

/**
 * The kernel's half of a perf event's buffer (`__perf_output_begin` in kernel/events/ring_buffer.c, Linux 6.18) over plain
 * memory: it loses records that find no space and tells with the next one, or, backward, overwrites the oldest.
 */
export class PerfWriter {
  readonly memory: PerfMemory
  readonly size: number
  readonly #positions: BigUint64Array
  readonly #area: Uint8Array
  readonly #direction: 'forward' | 'backward'
  #lost = 0
  paused = false

  constructor({
    pageSize = 4096,
    size = pageSize,
    direction = 'forward',
    position = 0n,
  }: PerfWriterOptions = {}) {
    this.size = size
    this.memory = { buffer: new ArrayBuffer(pageSize + size), dataOffset: pageSize, size }
    this.#positions = new BigUint64Array(this.memory.buffer, 1024, 2)
    this.#area = new Uint8Array(this.memory.buffer, pageSize)
    this.#direction = direction
    this.head = position
    this.tail = position
  }

  get head(): bigint {
    return this.#positions[0]!
  }

  set head(position: bigint) {
    this.#positions[0] = position
  }

  get tail(): bigint {
    return this.#positions[1]!
  }

  set tail(position: bigint) {
    this.#positions[1] = position
  }

  /** A sample with these bytes, padded as the kernel does; false if there is no space. */
  sample(bytes: Uint8Array): boolean {
    const size = Math.ceil((12 + bytes.length) / 8) * 8
    const record = new Uint8Array(size)
    const view = new DataView(record.buffer)
    view.setUint32(0, SAMPLE, true)
    view.setUint16(6, size, true)
    view.setUint32(8, size - 12, true)
    record.set(bytes, 12)
    return this.#output(record)
  }

  /** A sample with the one u32 `value`; false if there is no space. */
  sampleU32(value: number): boolean {
    return this.sample(new Uint8Array(Uint32Array.of(value).buffer))
  }

  /** Any record. */
  record(type: number, size: number, words: readonly number[] = []): boolean {
    const record = new Uint8Array(Math.max(size, 8 + words.length * 4))
    const view = new DataView(record.buffer)
    view.setUint32(0, type, true)
    view.setUint16(6, size, true)
    words.forEach((word, index) => {
      view.setUint32(8 + index * 4, word, true)
    })
    return this.#output(record)
  }

  #output(record: Uint8Array): boolean {
    const lost = this.#lost === 0 || this.#direction === 'backward' ? [] : [lostRecord(this.#lost)]
    const all = [...lost, record]
    const length = all.reduce((sum, each) => sum + each.length, 0)
    if (this.paused || (this.#direction === 'forward' && length > this.#free)) {
      this.#lost++
      return false
    }
    this.#lost = 0
    for (const each of all) this.#write(each)
    return true
  }

  get #free(): number {
    return this.size - Number(BigInt.asUintN(64, this.head - this.tail))
  }

  #write(record: Uint8Array): void {
    const length = BigInt(record.length)
    if (this.#direction === 'backward') this.head -= length
    const start = Number(this.head & BigInt(this.size - 1))
    record.forEach((byte, index) => {
      this.#area[(start + index) % this.size] = byte
    })
    if (this.#direction === 'forward') this.head += length
  }
}

function lostRecord(count: number): Uint8Array {
  const record = new Uint8Array(24)
  const view = new DataView(record.buffer)
  view.setUint32(0, LOST, true)
  view.setUint16(6, 24, true)
  view.setBigUint64(16, BigInt(count), true)
  return record
}
