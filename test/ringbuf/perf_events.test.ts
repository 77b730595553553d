import { describe, expect, it } from 'vitest'
import { fdNumber } from '../../src/base/units.ts'
import { PermissionError } from '../../src/kernel/capabilities.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { PerfEvents, type PerfBufferSize, type PerfWriting } from '../../src/ringbuf/perf_events.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel, type Failure } from '../kernel/failing_kernel.ts'
import { FakePerfKernel } from './fake_perf_kernel.ts'

const map = { mapFd: fdNumber(9), maxEntries: 4, name: 'events' }
const forward: PerfWriting = { direction: 'forward', wakeup: { kind: 'events', count: 3 } }

function open(kernel: Kernel, size: PerfBufferSize = {}, writing = forward): PerfEvents {
  return PerfEvents.open(kernel, map, size, writing)
}

function expectNothingLeft(kernel: FakePerfKernel): void {
  expect(kernel.descriptors.size).toBe(0)
  expect(kernel.mappings).toBe(0)
  expect(kernel.slots.size).toBe(0)
}

describe('PerfEvents', () => {
  it('has an event for each cpu that is online, in the map at its number, and takes all back', () => {
    const kernel = new FakePerfKernel()
    const events = open(kernel)
    expect(events.events.map(({ cpu }) => cpu)).toEqual([0, 2])
    expect([...kernel.slots.keys()]).toEqual([0, 2])
    expect([...kernel.slots.values()]).toEqual(events.descriptors)
    events.close()
    expectNothingLeft(kernel)
  })

  it('asks for raw samples of the event that BPF programs write to', () => {
    const kernel = new FakePerfKernel()
    open(kernel)
    const { attr } = [...kernel.events.values()][0]!
    expect(attr.getUint32(0, true)).toBe(1) // PERF_TYPE_SOFTWARE
    expect(attr.getBigUint64(8, true)).toBe(10n) // PERF_COUNT_SW_BPF_OUTPUT
    expect(attr.getBigUint64(24, true)).toBe(1n << 10n) // PERF_SAMPLE_RAW
    expect(attr.getBigUint64(40, true)).toBe(0n)
    expect(attr.getUint32(48, true)).toBe(3)
  })

  it('says where it is to be written backward, and woken by bytes', () => {
    const kernel = new FakePerfKernel()
    open(kernel, {}, { direction: 'backward', wakeup: { kind: 'bytes', count: 1000 } })
    const { attr } = [...kernel.events.values()][0]!
    expect(attr.getBigUint64(40, true)).toBe((1n << 27n) | (1n << 14n))
    expect(attr.getUint32(48, true)).toBe(1000)
  })

  it.each([
    [1, 4096],
    [4097, 8192],
    [65536, 65536],
    [100_000, 131072],
  ])('rounds %i bytes up to %i', (bytesPerCpu, size) => {
    const { events } = open(new FakePerfKernel(), { bytesPerCpu })
    expect(events[0]?.memory.size).toBe(size)
  })

  it.each<{ what: string; size?: PerfBufferSize; writing?: PerfWriting }>([
    { what: 'no bytes', size: { bytesPerCpu: 0 } },
    { what: 'too many bytes', size: { bytesPerCpu: 2 ** 31 } },
    { what: 'no number of bytes', size: { bytesPerCpu: NaN } },
    { what: 'no cpu', size: { cpus: [] } },
    { what: 'a cpu twice', size: { cpus: [1, 1] } },
    { what: 'a cpu beyond the map', size: { cpus: [4] } },
    { what: 'a negative cpu', size: { cpus: [-1] } },
    { what: 'half a record', writing: { direction: 'forward', wakeup: { kind: 'events', count: 0.5 } } },
  ])('refuses $what', ({ size, writing }) => {
    const kernel = new FakePerfKernel()
    bpfErrorOf('RINGBUF_BAD_ARGUMENT', () => open(kernel, size, writing))
    expectNothingLeft(kernel)
  })

  it.each<{ what: string; failure: Failure }>([
    { what: 'the first event', failure: { method: 'perfEventOpen', nth: 1, errno: 19 } },
    { what: 'the second event', failure: { method: 'perfEventOpen', nth: 2, errno: 19 } },
    { what: 'the second mapping', failure: { method: 'mmap', nth: 2, errno: 12 } },
    { what: 'the second entry', failure: { method: 'bpf', nth: 2, errno: 12 } },
  ])('keeps nothing where the kernel refuses $what', ({ failure }) => {
    const kernel = new FakePerfKernel()
    const error = bpfErrorOf('RINGBUF_OPEN_FAILED', () => open(failingKernel(kernel, failure)))
    expect(error.message).toMatch(/cannot open the perf buffer of map events on cpu [02]: /)
    expect(error.cause).toMatchObject({ code: failure.errno === 19 ? 'ENODEV' : 'ENOMEM' })
    expectNothingLeft(kernel)
  })

  it('says which right is missing', () => {
    for (const errno of [1, 13]) {
      const kernel = failingKernel(new FakePerfKernel(), { method: 'perfEventOpen', errno })
      const { cause } = bpfErrorOf('RINGBUF_OPEN_FAILED', () => open(kernel))
      // As root nothing is missing, and EACCES is then no question of rights.
      expect(['NOT_PERMITTED', 'EACCES']).toContain((cause as { code: string }).code)
    }
    const kernel = failingKernel(new FakePerfKernel(), { method: 'mmap', errno: 1 })
    const error = bpfErrorOf('RINGBUF_OPEN_FAILED', () => open(kernel))
    expect(error.cause).toBeInstanceOf(PermissionError)
    expect(error.cause).toMatchObject({ missing: ['CAP_IPC_LOCK'] })
    expect(error.message).toContain('kernel.perf_event_mlock_kb')
  })

  it('closes everything although one thing cannot be closed, and says so', () => {
    const kernel = new FakePerfKernel()
    const events = open(failingKernel(kernel, { method: 'close', nth: 1, errno: 5 }), { cpus: [0, 1] })
    bpfErrorOf('EIO', () => {
      events.close()
    })
    expect(kernel.descriptors.size).toBe(1)
    expect(kernel.mappings).toBe(0)
  })
})
