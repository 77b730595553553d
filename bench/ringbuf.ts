import type { RecordVisitor } from '../src/ringbuf/record_queue.ts'
import type { RingBuffer } from '../src/ringbuf/ring_buffer.ts'
import type { RecordDecoder } from '../src/ringbuf/ring_record.ts'

/** The ring buffer to measure, and what fills it. */
export interface ConsumptionSubject {
  readonly ring: Pick<RingBuffer, 'consume' | 'records'>
  /** Fills the ring with records of `struct bench_record` (bench/ringbuf.h) until one finds no space. */
  readonly refill: () => void
  /** Makes full objects of `struct bench_record`. */
  readonly decoder: RecordDecoder<unknown>
  /** Rounds that count. One more comes before them, in which the engine compiles what is hot. */
  readonly rounds: number
}

/** The ways of reading that are measured, in this order. */
export const READERS = ['fields in place', 'copies', 'decoded objects', 'for await'] as const

/** One way of reading, and the nanoseconds that each round took per record. */
export interface Consumption {
  readonly reader: (typeof READERS)[number]
  readonly records: number
  readonly nsPerRecord: readonly number[]
}

/** Bytes from the start of `struct bench_record`. */
const PID = 0
const PPID = 4
const EXIT_CODE = 16

/** Times the consumption of full rings, without their filling, one way of reading after the other. */
export async function measureConsumption(subject: ConsumptionSubject): Promise<Consumption[]> {
  const consumptions: Consumption[] = []
  for (const reader of READERS) consumptions.push(await measureReader(reader, subject))
  return consumptions
}

async function measureReader(
  reader: Consumption['reader'],
  subject: ConsumptionSubject,
): Promise<Consumption> {
  const consume = consumer(reader, subject)
  subject.refill()
  await consume()
  const nsPerRecord: number[] = []
  let records = 0
  for (let round = 0; round < subject.rounds; round++) {
    subject.refill()
    const begin = process.hrtime.bigint()
    const visited = await consume()
    nsPerRecord.push(Number(process.hrtime.bigint() - begin) / visited)
    records += visited
  }
  return { reader, records, nsPerRecord }
}

/** Reads everything that is in the ring, and counts it. */
function consumer(
  reader: Consumption['reader'],
  { ring, decoder }: ConsumptionSubject,
): () => number | Promise<number> {
  switch (reader) {
    case 'fields in place': {
      const visitor = fieldsVisitor()
      return () => ring.consume(visitor)
    }
    case 'copies': {
      const visitor = copyingVisitor()
      return () => ring.consume(visitor)
    }
    case 'decoded objects': {
      const visitor = decodingVisitor(decoder)
      return () => ring.consume(visitor)
    }
    case 'for await':
      return () => iterate(ring, decoder)
  }
}

/**
 * Three fields of each record, as bench/ringbuf.c reads. They are not added up, as they are there: a sum that outgrows 32
 * bits has the loop compiled anew in the middle of a round.
 */
function fieldsVisitor(): RecordVisitor {
  let mixed = 0
  return (record) => {
    mixed = (mixed ^ record.u32(PID) ^ record.u32(PPID) ^ record.i32(EXIT_CODE)) | 0
  }
}

function copyingVisitor(): RecordVisitor {
  return (record) => {
    if (record.bytes().length === 0) throw new Error('a record has no bytes')
  }
}

function decodingVisitor(decoder: RecordDecoder<unknown>): RecordVisitor {
  return (record) => {
    if (record.decode(decoder) === undefined) throw new Error('the decoder made nothing of a record')
  }
}

async function iterate(ring: ConsumptionSubject['ring'], decoder: RecordDecoder<unknown>): Promise<number> {
  let visited = 0
  for await (const value of ring.records(decoder, { signal: AbortSignal.abort() })) {
    if (value !== undefined) visited++
  }
  return visited
}
