/**
 * rawbpf's side of the benchmark of streams, with the library given as the first argument (dist/index.js): what bench/stream.c
 * does as `read` and `drain`.
 *
 *     stream_consume LIBRARY OBJECT read ring|perf RUNS PRODUCER
 *     stream_consume LIBRARY OBJECT drain ROUNDS
 */
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import type * as rawbpf from '../src/index.ts'
import type { Drained, StreamRead } from './streams.ts'

/** As bench/stream.h has it. */
const STREAM_SIZE = 16 * 1024 * 1024
const READER_CPU = 0
const WARMING_CALLS = '2'
/** What a socket filter is run on: an Ethernet header. */
const PACKET = new Uint8Array(14)
/** Bytes from the start of `struct bench_record` (bench/ringbuf.h). */
const PID = 0
const PPID = 4
const EXIT_CODE = 16

const [libraryPath = '', objectPath = '', mode, ...rest] = process.argv.slice(2)
const { openObject, loadObject } = (await import(pathToFileURL(libraryPath).href)) as typeof rawbpf

// The main thread alone: the engine's compiler and collector have threads of their own.
execFileSync('taskset', ['--cpu-list', '--pid', String(READER_CPU), String(process.pid)], { stdio: 'ignore' })

const object = loadObject(await openObject(objectPath))
if (mode === 'read') console.log(JSON.stringify(await readStream(rest)))
else if (mode === 'drain') console.log(JSON.stringify(drainRounds(Number(rest[0]))))
else throw new Error('usage: stream_consume LIBRARY OBJECT read ring|perf RUNS PRODUCER | ... drain ROUNDS')
object.close()

/** Three fields of each record, and how many there were. */
function visitor(): { readonly visit: (record: rawbpf.RingRecord) => void; readonly count: () => number } {
  let mixed = 0
  let records = 0
  const visit = (record: rawbpf.RingRecord): void => {
    records++
    mixed = (mixed ^ record.u32(PID) ^ record.u32(PPID) ^ record.i32(EXIT_CODE)) | 0
  }
  return { visit, count: () => records }
}

async function readStream([kind, runs = '', producer = '']: readonly string[]): Promise<StreamRead> {
  const program = object.program(kind === 'perf' ? 'to_perf' : 'to_ring')
  const buffer =
    kind === 'perf'
      ? object.openPerfBuffer('perf', { bytesPerCpu: STREAM_SIZE })
      : object.openRingBuffer('ring')
  const { visit, count } = visitor()
  const controller = new AbortController()
  const reading = buffer.forEach(visit, { signal: controller.signal })
  const produce = (calls: string): Promise<number> => runProducer(producer, idOf(program), calls)
  const produced = (): number => Number(object.globals['produced'])
  const lost = (): number => Number(object.globals['lost'])
  // The reader's code is compiled while a few records come that the buffer has room for.
  await produce(WARMING_CALLS)
  while (count() < produced()) await new Promise((resolve) => setImmediate(resolve))
  const before = { records: count(), produced: produced(), lost: lost(), cpu: process.cpuUsage() }
  const producerNs = await produce(runs)
  controller.abort()
  await reading
  const { user, system } = process.cpuUsage(before.cpu)
  return {
    records: count() - before.records,
    produced: produced() - before.produced,
    lost: lost() - before.lost,
    producerNs,
    readerCpuNs: (user + system) * 1000,
  }
}

/** Returns the nanoseconds that the producing took. */
async function runProducer(producer: string, program: string, calls: string): Promise<number> {
  const child = spawn(producer, ['produce', program, calls], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`the producer ended with ${code}`)
  return Number(text)
}

/** One round more than asked for: the first one does not count. */
function drainRounds(rounds: number): Drained {
  const program = object.program('to_perf')
  const perf = object.openPerfBuffer('perf', { bytesPerCpu: STREAM_SIZE })
  const { visit } = visitor()
  const nsPerRecord: number[] = []
  for (let round = -1; round < rounds; round++) {
    while (program.testRun({ dataIn: PACKET }).retval === 0);
    const begin = process.hrtime.bigint()
    const visited = perf.consume(visit)
    if (round >= 0) nsPerRecord.push(Number(process.hrtime.bigint() - begin) / visited)
  }
  return { nsPerRecord }
}

function idOf(program: rawbpf.BpfProgram): string {
  const id = /^prog_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${program.fd}`, 'utf8'))?.[1]
  if (id === undefined) throw new Error('the kernel does not tell the id of the program')
  return id
}
