/**
 * Prints what the tracer costs: processor time while nothing happens and while events come, and memory over 20,000
 * events and more. Not a test, since a busy machine has numbers of its own: `npx tsx test/integration/measure.ts`.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Tracer } from './tracer.ts'
import { runJobs, times, TRUE } from './workload.ts'

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** utime and stime (proc_pid_stat(5)), in milliseconds; the name before them may have spaces in it. */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND
}

function memoryKib(pid: number, line: 'VmRSS' | 'VmHWM'): number {
  return Number(new RegExp(`^${line}:\\s*(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

async function main(): Promise<void> {
  await using tracer = await Tracer.start(['--json'])
  await sleep(1000)
  const begin = processorMs(tracer.pid)
  const linesBefore = tracer.lines.length
  await sleep(2000)
  const idleEvents = tracer.lines.length - linesBefore
  console.log(`idle: ${processorMs(tracer.pid) - begin} ms of processor time in 2 s, ${idleEvents} events`)

  for (let round = 1; round <= 5; round++) {
    const before = processorMs(tracer.pid)
    const printed = tracer.lines.length
    await runJobs(times(2500, TRUE))
    await sleep(500)
    const events = tracer.lines.length - printed
    const microseconds = ((processorMs(tracer.pid) - before) * 1000) / events
    const [now, peak] = [memoryKib(tracer.pid, 'VmRSS'), memoryKib(tracer.pid, 'VmHWM')]
    console.log(`${events} events: ${microseconds.toFixed(1)} us each; RSS ${now} KiB, peak ${peak} KiB`)
  }
  const { stderr } = await tracer.stop()
  console.log(stderr === '' ? 'nothing lost' : stderr.trim())
}

await main()
