import { fdNumber } from '../../src/base/units.ts'
import type { Kernel, Mapping, MmapRequest, PollHandle } from '../../src/kernel/kernel.ts'
import { RingBuffer } from '../../src/ringbuf/ring_buffer.ts'
import { RingProducer, type RingProducerOptions } from './ring_producer.ts'

function notCalled(): never {
  throw new Error('the ring buffer is not to issue this call')
}

/**
 * A kernel with one map, the ring buffer of `producer`. poll(2) is level-triggered: a watched descriptor is reported in
 * each turn of the event loop while the ring is readable. Unmapped memory cannot be taken away from an ArrayBuffer, so
 * touching it is made visible: the positions are overwritten with some that no ring buffer can have.
 */
export class FakeRingKernel implements Kernel {
  readonly pageSize: number
  readonly producer: RingProducer
  readonly mmaps: MmapRequest[] = []
  readonly unmapped: MmapRequest[] = []
  /** What makes the mmap call of this number (from 0) fail. */
  failingMmap: number | undefined
  /** How many poll handles are open. */
  watching = 0
  /** How many of them keep the process alive. */
  referenced = 0
  /** How often a handle reported the descriptor. */
  reports = 0

  readonly bpf = notCalled
  readonly prepareBpf = notCalled
  readonly perfEventOpen = notCalled
  readonly ioctl = notCalled
  readonly close = notCalled
  readonly closeAsync = notCalled
  readonly open = notCalled
  readonly openat = notCalled
  readonly read = notCalled
  readonly write = notCalled
  readonly duplicate = notCalled
  readonly socket = notCalled
  readonly setsockopt = notCalled
  readonly fsopen = notCalled
  readonly fsconfigString = notCalled
  readonly fsconfigCreate = notCalled
  readonly fsmount = notCalled
  readonly prlimit = notCalled
  readonly moveMount = notCalled
  readonly pidfdOpen = notCalled

  constructor(producer: RingProducer) {
    this.producer = producer
    this.pageSize = producer.memory.dataOffset
  }

  mmap(_fd: unknown, request: MmapRequest): Mapping {
    if (this.mmaps.length === this.failingMmap) throw new Error('EPERM')
    this.mmaps.push(request)
    const { consumer, producer } = this.producer.memory
    const buffer = request.offset === 0 ? consumer : producer
    const unmap = (): void => {
      this.unmapped.push(request)
      new BigUint64Array(buffer, 0, 1).fill(request.offset === 0 ? 0n : 3n)
    }
    return { buffer, unmap, [Symbol.dispose]: unmap }
  }

  poll(_fd: unknown, onReadable: () => void): PollHandle {
    let timer: NodeJS.Immediate | undefined
    let isReferenced = true
    const look = (): void => {
      timer = setImmediate(look)
      if (!this.producer.readable) return
      this.reports++
      onReadable()
    }
    timer = setImmediate(look)
    this.watching++
    this.referenced++
    const setReferenced = (wanted: boolean): void => {
      if (wanted !== isReferenced) this.referenced += wanted ? 1 : -1
      isReferenced = wanted
    }
    const close = (): void => {
      if (timer === undefined) return
      clearImmediate(timer)
      timer = undefined
      setReferenced(false)
      this.watching--
    }
    return {
      close,
      [Symbol.dispose]: close,
      ref: () => {
        setReferenced(true)
      },
      unref: () => {
        setReferenced(false)
      },
    }
  }
}

/** A ring buffer, the producer that fills it, and the kernel under it. */
export interface OpenRing {
  readonly kernel: FakeRingKernel
  readonly producer: RingProducer
  readonly ring: RingBuffer
}

export function openRing(options: RingProducerOptions = {}): OpenRing {
  const producer = new RingProducer(options)
  const kernel = new FakeRingKernel(producer)
  const ring = RingBuffer.open(kernel, { mapFd: fdNumber(9), size: producer.size, name: 'rb' })
  return { kernel, producer, ring }
}
