import type { Fd } from '../src/base/units.ts'
import type { Kernel } from '../src/kernel/kernel.ts'
import type { RecordVisitor } from '../src/ringbuf/ring.ts'
import { RingBuffer } from '../src/ringbuf/ring_buffer.ts'
import type { RecordDecoder } from '../src/ringbuf/ring_record.ts'

/** The ring buffer to measure, and what fills it. */
export interface ConsumptionSubject {
  readonly kernel: Kernel
  readonly mapFd: Fd
  /** The map's `max_entries`. */
  readonly size: number
  /** Fills the ring with records of `struct bench_record` (bench/ringbuf.h) until one finds no space. */
  readonly refill: () => void
  /** Makes full objects of `struct bench_record`. */
  readonly decoder: RecordDecoder<unknown>
  readonly rounds: number
}

/** One way of reading, and the nanoseconds that each round took per record. */
export interface Consumption {
  readonly reader: 'fields in place' | 'decoded objects' | 'copies' | 'for await'
  readonly records: number
  readonly nsPerRecord: readonly number[]
}

/** Bytes from the start of `struct bench_record`. */
const PID = 0
const PPID = 4
const EXIT_CODE = 16

/**
 * Times the consumption of full rings, without their filling, one way of reading after the other. `refill` is to run
 * in this process: records that another cpu wrote last take longer to read.
 */
export async function measureConsumption(subject: ConsumptionSubject): Promise<Consumption[]> {
  const ring = RingBuffer.open(subject.kernel, subject)
  try {
    return [
      measureVisitor(ring, subject, 'fields in place', fieldsVisitor()),
      measureVisitor(ring, subject, 'decoded objects', decodingVisitor(subject.decoder)),
      measureVisitor(ring, subject, 'copies', copyingVisitor()),
      await measureForAwait(ring, subject),
    ]
  } finally {
    ring.close()
  }
}

/** Three fields of each record, as bench/ringbuf.c reads. */
function fieldsVisitor(): RecordVisitor {
  let sum = 0
  return (record) => {
    sum = (sum + record.u32(PID) + record.u32(PPID) + record.i32(EXIT_CODE)) | 0
  }
}

function decodingVisitor(decoder: RecordDecoder<unknown>): RecordVisitor {
  let last: unknown
  return (record) => {
    last = record.decode(decoder)
    if (last === undefined) throw new Error('the decoder made nothing of a record')
  }
}

function copyingVisitor(): RecordVisitor {
  return (record) => {
    if (record.bytes().length === 0) throw new Error('a record has no bytes')
  }
}

function measureVisitor(
  ring: RingBuffer,
  { refill, rounds }: ConsumptionSubject,
  reader: Consumption['reader'],
  visitor: RecordVisitor,
): Consumption {
  const nsPerRecord: number[] = []
  let records = 0
  for (let round = 0; round < rounds; round++) {
    refill()
    const begin = process.hrtime.bigint()
    const visited = ring.consume(visitor)
    nsPerRecord.push(Number(process.hrtime.bigint() - begin) / visited)
    records += visited
  }
  return { reader, records, nsPerRecord }
}

async function measureForAwait(
  ring: RingBuffer,
  { refill, decoder, rounds }: ConsumptionSubject,
): Promise<Consumption> {
  const nsPerRecord: number[] = []
  let records = 0
  for (let round = 0; round < rounds; round++) {
    refill()
    let visited = 0
    const begin = process.hrtime.bigint()
    for await (const value of ring.records(decoder, { signal: AbortSignal.abort() })) {
      if (value !== undefined) visited++
    }
    nsPerRecord.push(Number(process.hrtime.bigint() - begin) / visited)
    records += visited
  }
  return { reader: 'for await', records, nsPerRecord }
}
