import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { fdNumber } from '../../src/base/units.ts'
import { PerfBuffer, type PerfBufferOptions } from '../../src/ringbuf/perf_buffer.ts'
import type { RecordDecoder } from '../../src/ringbuf/ring_record.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakePerfKernel } from './fake_perf_kernel.ts'

const u32: RecordDecoder<number> = { size: 4, decode: (view, offset) => view.getUint32(offset, true) }
const map = { mapFd: fdNumber(9), maxEntries: 4, name: 'events' }

function open(options: PerfBufferOptions = {}): {
  readonly kernel: FakePerfKernel
  readonly perf: PerfBuffer
} {
  const kernel = new FakePerfKernel()
  return { kernel, perf: PerfBuffer.open(kernel, map, { bytesPerCpu: 4096, ...options }) }
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await nextTurn()
}

function expectNothingLeft(kernel: FakePerfKernel): void {
  expect(kernel.descriptors.size).toBe(0)
  expect(kernel.mappings).toBe(0)
  expect(kernel.slots.size).toBe(0)
  expect(kernel.watching).toBe(0)
}

describe('PerfBuffer', () => {
  it('consumes what is on all cpus, and knows from which', () => {
    const { kernel, perf } = open()
    kernel.writer(2).sampleU32(20)
    kernel.writer(0).sampleU32(1)
    const seen: [number, number][] = []
    expect(perf.consume((record, cpu) => seen.push([cpu, record.u32(0)]))).toBe(2)
    expect(seen).toEqual([
      [0, 1],
      [2, 20],
    ])
    perf.close()
    expectNothingLeft(kernel)
  })

  it('waits for a wakeup of any cpu', async () => {
    const { kernel, perf } = open()
    const controller = new AbortController()
    const seen: number[] = []
    const reading = perf.forEach((record) => seen.push(record.u32(0)), { signal: controller.signal })
    await turns(3)
    for (const [cpu, value] of [
      [2, 1],
      [0, 2],
      [2, 3],
    ] as const) {
      kernel.writer(cpu).sampleU32(value)
      kernel.wake(cpu)
      await turns(3)
      expect(seen.at(-1)).toBe(value)
    }
    expect(perf.statistics.wakeups).toBe(3)
    controller.abort()
    await reading
    perf.close()
    expectNothingLeft(kernel)
  })

  it.each(['beforePoll', 'beforeTurn'] as const)('finds a record whose wakeup is lost %s', async (moment) => {
    const { kernel, perf } = open()
    kernel[moment] = () => {
      kernel.writer(0).sampleU32(1)
      kernel.wake(0)
    }
    const records = perf.records(u32)
    expect(await records.next()).toEqual({ value: 1, done: false })
    await records.return()
    perf.close()
  })

  it('leaves records in the buffer that are not asked for', async () => {
    const { kernel, perf } = open()
    for (const value of [1, 2, 3]) kernel.writer(0).sampleU32(value)
    for await (const value of perf.records(u32)) {
      if (value === 2) break
    }
    expect(perf.statistics).toMatchObject({ records: 2, available: 16 })
    perf.close()
  })

  it('ends after an abort with what was there on every cpu', async () => {
    const { kernel, perf } = open()
    const controller = new AbortController()
    for (const cpu of [0, 2]) kernel.writer(cpu).sampleU32(cpu)
    controller.abort()
    const seen: number[] = []
    for await (const value of perf.records(u32, { signal: controller.signal })) {
      seen.push(value)
      kernel.writer(0).sampleU32(9)
    }
    expect(seen.slice(0, 2).sort()).toEqual([0, 2])
    expect(seen.length).toBeLessThanOrEqual(3)
    perf.close()
  })

  it('tells what was lost, on which cpu, and by the statistics of each', () => {
    const told: [number, number][] = []
    const { kernel, perf } = open({ onLost: (lost, cpu) => told.push([lost, cpu]) })
    const writer = kernel.writer(2)
    while (writer.sampleU32(1));
    perf.consume(() => undefined)
    writer.sampleU32(2)
    kernel.writer(0).sampleU32(3)
    expect(perf.consume(() => undefined)).toBe(2)
    expect(told).toEqual([[1, 2]])
    expect(perf.statistics).toMatchObject({ records: 258, lost: 1, skipped: 0, available: 0 })
    expect(perf.statistics.cpus.get(0)).toMatchObject({ records: 1, bytes: 4, lost: 0 })
    expect(perf.statistics.cpus.get(2)).toMatchObject({ records: 257, lost: 1 })
    perf.close()
    expect(perf.statistics.available).toBe(0)
  })

  it('pauses and resumes every cpu', () => {
    const { kernel, perf } = open()
    perf.pause()
    expect([0, 2].map((cpu) => kernel.writer(cpu).sampleU32(1))).toEqual([false, false])
    perf.resume()
    expect([0, 2].map((cpu) => kernel.writer(cpu).sampleU32(1))).toEqual([true, true])
    expect(perf.consume(() => undefined)).toBe(2)
    expect(perf.statistics.lost).toBe(2)
    perf.close()
    bpfErrorOf('RINGBUF_CLOSED', () => {
      perf.pause()
    })
    bpfErrorOf('RINGBUF_CLOSED', () => {
      perf.resume()
    })
  })

  it('keeps its memory until the callback that closes it has returned', () => {
    const { kernel, perf } = open()
    for (const cpu of [0, 2]) kernel.writer(cpu).sampleU32(cpu)
    let visits = 0
    perf.consume((record) => {
      visits++
      perf.close()
      expect(kernel.mappings).toBe(2)
      expect(record.u32(0)).toBe(0)
    })
    expect(visits).toBe(1)
    expectNothingLeft(kernel)
    bpfErrorOf('RINGBUF_CLOSED', () => perf.consume(() => undefined))
    perf.close()
  })

  it('goes on behind the record on which a callback threw', async () => {
    const { kernel, perf } = open()
    for (const value of [1, 2]) kernel.writer(0).sampleU32(value)
    const reading = perf.forEach((record) => {
      throw new Error(`at ${record.u32(0)}`)
    })
    await expect(reading).rejects.toThrow('at 1')
    expect(
      perf.consume((record) => {
        expect(record.u32(0)).toBe(2)
      }),
    ).toBe(1)
    perf.close()
  })

  it('refuses both kinds of wakeups at once', () => {
    bpfErrorOf('RINGBUF_BAD_ARGUMENT', () => open({ wakeupEvents: 1, wakeupBytes: 1 }))
  })

  it('is read by one reader at a time, and not from within a callback', async () => {
    const { kernel, perf } = open()
    kernel.writer(0).sampleU32(1)
    bpfErrorOf('RINGBUF_IN_USE', () => perf.consume(() => perf.consume(() => undefined)))
    const reading = perf.forEach(() => undefined)
    await expect(perf.forEach(() => undefined)).rejects.toMatchObject({ code: 'RINGBUF_IN_USE' })
    perf.close()
    await reading
  })
})
