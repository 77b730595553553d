import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { eventually } from './eventually.ts'
import { differences } from './expected_events.ts'
import { traceTest } from './needs.ts'
import { type JsonEvent, Tracer } from './tracer.ts'
import { runJobs, times, TRUE } from './workload.ts'

describe('a rawbpf bootstrap that does not keep up', () => {
  traceTest('drains what the kernel still has for it', async () => {
    await using tracer = await Tracer.start(['--json'])
    await tracer.freeze()
    const processes = await runJobs(times(50, TRUE))
    tracer.kill('SIGINT')
    const { code, stderr } = await tracer.stop('SIGCONT')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(differences(tracer.events, processes)).toEqual([])
  })
  traceTest('counts every record that it had no room for', async () => {
    // The witness prints everything that happens, and the other has to account for every bit of it.
    await using witness = await Tracer.start(['--json'])
    await using tracer = await Tracer.start(['--json'])
    const first = await runUntilTold(tracer)
    await tracer.freeze()
    await runJobs(times(1700, TRUE))
    tracer.kill('SIGCONT')
    const last = await runUntilTold(tracer)
    await witness.told(last)
    const { code, stderr } = await tracer.stop()
    await witness.stop()

    expect(code).toBe(0)
    const lost = Number(/^rawbpf: lost (\d+) records: the ring buffer was full\n$/.exec(stderr)?.[1])
    const happened = between(witness.events, first, last)
    const printed = between(tracer.events, first, last)
    expect(happened.length).toBeGreaterThan(3400)
    expect(lost).toBeGreaterThan(0)
    expect(printed.length + lost).toBe(happened.length)
  })

  /** Runs processes until `tracer` tells of one: its pid. */
  async function runUntilTold(tracer: Tracer): Promise<number> {
    return await eventually('a process that is told of', async () => {
      const [marker] = await runJobs([TRUE])
      await sleep(100)
      return tracer.events.some(({ event, pid }) => event === 'EXIT' && pid === marker!.pid)
        ? marker!.pid
        : undefined
    })
  }

  /** From the EXEC of the one process to the EXIT of the other. */
  function between(events: readonly JsonEvent[], first: number, last: number): readonly JsonEvent[] {
    const begin = events.findIndex(({ event, pid }) => event === 'EXEC' && pid === first)
    const end = events.findLastIndex(({ event, pid }) => event === 'EXIT' && pid === last)
    return events.slice(begin, end + 1)
  }
})
