/**
 * rawbpf's side of the ring buffer benchmark, with the library given as the first argument (dist/index.js): loads the
 * object of bench/ringbuf.bpf.c, fills its ring by running its program, and consumes it in each way. Prints a
 * Consumption[] as JSON.
 *
 *     consume LIBRARY OBJECT ROUNDS self
 *     consume LIBRARY OBJECT ROUNDS other FILLER
 *
 * `self` fills from this process; `other` runs `FILLER fill PROGRAM_ID`, which fills on another cpu.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type * as rawbpf from '../src/index.ts'
import { measureConsumption } from './ringbuf.ts'

/** As bench/ringbuf.h has it. */
const RECORDS_PER_RUN = 1000
/** The cpu to read on, as bench/ringbuf.c reads on it. */
const READER_CPU = '0'
/** What a socket filter is run on: an Ethernet header. */
const PACKET = new Uint8Array(14)

const [libraryPath, objectPath, rounds, filledBy, filler] = process.argv.slice(2)
if (
  libraryPath === undefined ||
  objectPath === undefined ||
  (filledBy === 'other') !== (filler !== undefined)
)
  throw new Error('usage: consume LIBRARY OBJECT ROUNDS self | consume LIBRARY OBJECT ROUNDS other FILLER')
const { openObject, loadObject } = (await import(pathToFileURL(libraryPath).href)) as typeof rawbpf

// The main thread alone: the engine's compiler and collector have threads of their own.
execFileSync('taskset', ['--cpu-list', '--pid', READER_CPU, String(process.pid)], { stdio: 'ignore' })

const spec = await openObject(objectPath)
const object = loadObject(spec)
const program = object.programs.get('fill')
if (program === undefined) throw new Error(`${objectPath} has no program fill`)

const results = await measureConsumption({
  ring: object.openRingBuffer('ring'),
  refill: filler === undefined ? fillHere(program) : fillElsewhere(program, filler),
  decoder: object.decoder('bench_record'),
  rounds: Number(rounds),
})
console.log(JSON.stringify(results))
object[Symbol.dispose]()

function fillHere(fill: rawbpf.BpfProgram): () => void {
  return () => {
    while (fill.testRun({ dataIn: PACKET }).retval === RECORDS_PER_RUN);
  }
}

function fillElsewhere(fill: rawbpf.BpfProgram, command: string): () => void {
  const id = /^prog_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fill.fd}`, 'utf8'))?.[1]
  if (id === undefined) throw new Error('the kernel does not tell the id of the program')
  return () => {
    execFileSync(command, ['fill', id])
  }
}
