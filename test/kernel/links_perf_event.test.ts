import { describe, expect } from 'vitest'
import { openKernel } from '../../src/kernel/linux.ts'
import type { PerfEventTarget } from '../../src/object/perf_event_target.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { recordingKernel } from './recording_kernel.ts'
import { bpfTest, featureTest } from './require.ts'
import { Witness } from './witness.ts'

const CLOCK = { type: 'software', name: 'cpu_clock' } as const
const FAULTS = { type: 'software', name: 'page_faults' } as const
const PAGE = 4096
const PAGES = 4096

/** Touches memory that this process never touched. */
function fault(): void {
  const memory = new Uint8Array(PAGES * PAGE)
  for (let page = 0; page < PAGES; page++) memory[page * PAGE] = 1
}

function busyFor(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

const attached = (target: Omit<PerfEventTarget, 'kind'>): Witness => {
  const witness = new Witness({ section: 'perf_event' })
  witness.program.attach({ kind: 'perf_event', ...target })
  return witness
}

describe('a perf event of the real kernel', () => {
  bpfTest('runs a program so many times a second on every cpu, until its link is closed', () => {
    const recording = recordingKernel(openKernel())
    {
      using witness = new Witness({ section: 'perf_event', options: { kernel: recording.kernel } })
      const link = witness.program.attach({ kind: 'perf_event', event: CLOCK, rate: { frequency: 1000 } })
      expect(link.target).toBe('perf event software cpu_clock 1000 Hz')
      const hits = witness.hitsDuring(() => {
        busyFor(500)
      })
      expect(hits).toBeGreaterThan(10)
      link.close()
      const after = witness.hitsDuring(() => {
        busyFor(100)
      })
      expect(after).toBe(0)
    }
    expect(recording.openDescriptors().size).toBe(0)
  })

  bpfTest('runs a program with every so many events of one process', () => {
    using witness = attached({ event: FAULTS, rate: { period: 1 }, pid: process.pid })
    const each = witness.hitsDuring(fault)
    expect(each).toBeGreaterThan(0)
  })

  featureTest({
    name: 'cookies of perf events',
    since: [5, 15],
    whyNot: () => {
      using witness = new Witness({ section: 'perf_event' })
      witness.program.attach({ kind: 'perf_event', event: CLOCK, rate: { frequency: 1 }, cookie: 1n })
      return undefined
    },
  })('gives the program its cookie', () => {
    using witness = new Witness({ section: 'perf_event', cookie: 'kept' })
    const rate = { frequency: 1000 }
    witness.program.attach({ kind: 'perf_event', event: CLOCK, rate, pid: process.pid, cookie: 77n })
    busyFor(500)
    expect(witness.cookie).toBe(77n)
  })

  bpfTest('is refused for a process, a cpu and an event that are not there', () => {
    using witness = new Witness({ section: 'perf_event' })
    const refused = (target: Omit<PerfEventTarget, 'kind' | 'rate'>): string =>
      bpfErrorOf('ATTACH_FAILED', () =>
        witness.program.attach({ kind: 'perf_event', rate: { period: 1 }, ...target }),
      ).message
    expect(refused({ event: CLOCK, pid: 0x3fff_ffff })).toContain('there is no process 1073741823')
    expect(refused({ event: CLOCK, cpu: 8000 })).toMatch(/there may be no cpu 8000|cpu 8000 is not online/)
    expect(refused({ event: { type: 0x7fff_ffff, config: 0n } })).toContain('no such event source')
    expect(witness.object.links).toEqual([])
  })
})
