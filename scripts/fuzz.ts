/**
 * `npm run fuzz [-- [--link] RUNS [SEED [FIRST]]]`: damaged objects through parseObject and relocateObject, or with --link
 * through the static linker. Every outcome has to be a result or a BpfError. A bad input is printed with the command that repeats it alone.
 *
 * The inputs are tried in a worker, which notes the one that it is at where this thread reads it: an input that takes too
 * long is named even if it never ends. The heap is measured after collections of garbage, and must not grow with the
 * number of inputs.
 */
import { createHash } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { fuzz, type FuzzReport, readSeeds, type Stage } from '../test/fuzz/fuzz.ts'
import { smallKernel } from '../test/relocate/small_kernel.ts'

/** Milliseconds of CPU time that one input may take. */
const TIME_LIMIT = 2_000
/** Milliseconds after which an input is taken to hang. */
const HANG_LIMIT = 30_000
/** Bytes by which the heap may be larger at the end than it was after the first inputs. */
const MAX_GROWTH = 16 * 1024 * 1024
/** The heap is measured this often, in inputs; the first time once everything was compiled and cached. */
const MEASURE_EVERY = 20_000

interface Job {
  readonly stage: Stage
  readonly runs: number
  readonly seed: number
  readonly first: number
  /** The number of the input that the worker is at. */
  readonly current: Int32Array
}

interface Result {
  readonly report: FuzzReport
  /** Bytes, after each `MEASURE_EVERY` inputs. */
  readonly heaps: readonly number[]
}

function work({ stage, runs, seed, first, current }: Job): Result {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const heaps: number[] = []
  const onInput = (index: number): void => {
    Atomics.store(current, 0, index)
    if (index === first || (index - first) % MEASURE_EVERY !== 0) return
    collectGarbage()
    heaps.push(process.memoryUsage().heapUsed)
  }
  const options = { stage, runs, seed, first, timeLimit: TIME_LIMIT, onInput }
  return { report: fuzz({ ...options, seeds: readSeeds(), target: smallKernel() }), heaps }
}

async function main(args: readonly string[]): Promise<number> {
  const [runs = '1000000', seed, first = '0'] = args.filter((arg) => arg !== '--link')
  const job: Job = {
    stage: args.includes('--link') ? 'link' : 'relocate',
    runs: Number(runs),
    seed: Number(seed ?? Math.floor(Math.random() * 0xffff_ffff)),
    first: Number(first),
    current: new Int32Array(new SharedArrayBuffer(4)),
  }
  const seeds = readSeeds()
  // The objects of the oracle's corpus are there only once it ran; with others, a seed makes other inputs.
  const digest = createHash('sha1')
  for (const { bytes } of seeds) digest.update(bytes)
  console.log(
    `fuzz: ${job.runs} inputs, seed ${job.seed}, from ${seeds.length} objects (${digest.digest('hex').slice(0, 8)})`,
  )
  const start = performance.now()
  const result = await watch(job)
  if (result === undefined) return 1
  return print(job, result, (performance.now() - start) / 1000)
}

/** tsx compiles for the thread that it was started in; a worker has to ask for it again. */
const START_TYPESCRIPT = `
  import('tsx/esm/api').then(({ register }) => {
    register()
    return import(${JSON.stringify(import.meta.url)})
  })`

/** Undefined where an input hangs or the worker dies. */
function watch(job: Job): Promise<Result | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(START_TYPESCRIPT, { eval: true, workerData: job })
    let seen = { index: -1, since: performance.now() }
    const give = (result: Result | undefined): void => {
      clearInterval(timer)
      void worker.terminate()
      resolve(result)
    }
    const timer = setInterval(() => {
      const index = Atomics.load(job.current, 0)
      const now = performance.now()
      if (index !== seen.index) seen = { index, since: now }
      else if (now - seen.since > HANG_LIMIT) {
        console.log(`HANG: ${repeat(job, index)}`)
        give(undefined)
      }
    }, 1000)
    worker.once('message', give)
    worker.once('error', (error: unknown) => {
      console.log(`DIED: ${repeat(job, Atomics.load(job.current, 0))}: ${String(error)}`)
      give(undefined)
    })
  })
}

function repeat({ stage, seed }: Job, index: number): string {
  return `input ${index}; npm run fuzz -- ${stage === 'link' ? '--link ' : ''}1 ${seed} ${index}`
}

function print(job: Job, { report, heaps }: Result, seconds: number): number {
  const refused = [...report.errors].sort(([, a], [, b]) => b - a)
  console.log(`${report.relocated} ${job.stage === 'link' ? 'linked' : 'relocated'}; refused:`)
  for (const [code, count] of refused) console.log(`${String(count).padStart(9)}  ${code}`)
  console.log(`${Math.round(report.inputs / seconds)} inputs/s`)
  console.log(`slowest: ${report.slowest.milliseconds.toFixed(1)} ms, ${repeat(job, report.slowest.index)}`)
  const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1)
  const [before = 0] = heaps
  const growth = (heaps.at(-1) ?? 0) - before
  console.log(
    `heap after ${MEASURE_EVERY} inputs ${megabytes(before)} MB, at the end ${megabytes(before + growth)} MB`,
  )
  for (const { index, why } of report.bad) console.log(`BAD: ${repeat(job, index)}\n${why}`)
  if (growth > MAX_GROWTH) console.log(`GROWTH: the heap grew by ${megabytes(growth)} MB`)
  console.log(`${report.bad.length} bad`)
  return report.bad.length === 0 && growth <= MAX_GROWTH ? 0 : 1
}

if (isMainThread) process.exitCode = await main(process.argv.slice(2))
else parentPort?.postMessage(work(workerData as Job))
