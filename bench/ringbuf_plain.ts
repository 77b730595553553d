/** The ring buffer benchmark over plain memory, for machines where no BPF program can be run. Prints one JSON object. */
import { fdNumber } from '../src/base/units.ts'
import { FakeRingKernel } from '../test/ringbuf/fake_ring_kernel.ts'
import { RingProducer } from '../test/ringbuf/ring_producer.ts'
import { RingBuffer } from '../src/ringbuf/ring_buffer.ts'
import { measureConsumption } from './ringbuf.ts'

const RING_SIZE = 64 * 1024 * 1024
const ROUNDS = 7

/** A `struct bench_record`. */
function benchRecord(): Uint8Array {
  const bytes = new Uint8Array(64)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 4711, true)
  view.setUint32(4, 1, true)
  view.setBigUint64(8, 123_456_789_012_345n, true)
  view.setInt32(16, 3, true)
  bytes.set(new TextEncoder().encode('benchmark'), 21)
  bytes.set(new TextEncoder().encode('/usr/bin/benchmark'), 37)
  return bytes
}

function text(view: DataView, start: number, length: number): string {
  const bytes = Buffer.from(view.buffer, view.byteOffset + start, length)
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end < 0 ? length : end)
}

const decoder = {
  size: 64,
  decode: (view: DataView, at: number): unknown => ({
    pid: view.getUint32(at, true),
    ppid: view.getUint32(at + 4, true),
    time: view.getBigUint64(at + 8, true),
    exit_code: view.getInt32(at + 16, true),
    is_exit: view.getUint8(at + 20),
    comm: text(view, at + 21, 16),
    filename: text(view, at + 37, 27),
  }),
}

const producer = new RingProducer({ size: RING_SIZE })
const bytes = benchRecord()
while (producer.output(bytes));
const full = producer.producerPosition

const results = await measureConsumption({
  ring: RingBuffer.open(new FakeRingKernel(producer), { mapFd: fdNumber(0), size: RING_SIZE }),
  refill: () => {
    new BigUint64Array(producer.memory.consumer, 0, 1)[0] = 0n
    producer.producerPosition = full
  },
  decoder,
  rounds: ROUNDS,
})
for (const { reader, records, nsPerRecord } of results) {
  const median = nsPerRecord.toSorted((a, b) => a - b)[ROUNDS >> 1]!
  console.log(JSON.stringify({ reader, memory: 'plain', records, median: Number(median.toFixed(1)) }))
}
