import { describe, expect, it } from 'vitest'
import { fdNumber } from '../../src/base/units.ts'
import { OverwritablePerfBuffer } from '../../src/ringbuf/overwritable_perf_buffer.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakePerfKernel } from './fake_perf_kernel.ts'

function open(): { readonly kernel: FakePerfKernel; readonly perf: OverwritablePerfBuffer } {
  const kernel = new FakePerfKernel()
  const map = { mapFd: fdNumber(9), maxEntries: 4, name: 'events' }
  return { kernel, perf: OverwritablePerfBuffer.open(kernel, map, { bytesPerCpu: 4096 }) }
}

function snapshotOf(perf: OverwritablePerfBuffer, limit?: number): [number, number][] {
  const seen: [number, number][] = []
  perf.snapshot((record, cpu) => seen.push([cpu, record.u32(0)]), limit)
  return seen
}

describe('OverwritablePerfBuffer', () => {
  it('tells the newest records of each cpu first, once', () => {
    const { kernel, perf } = open()
    for (const value of [1, 2]) for (const cpu of [0, 2]) kernel.writer(cpu).sampleU32(value)
    expect(snapshotOf(perf)).toEqual([
      [0, 2],
      [0, 1],
      [2, 2],
      [2, 1],
    ])
    expect(snapshotOf(perf)).toEqual([])
    expect(perf.records).toBe(4)
    perf.close()
  })

  it('has as many of the newest as fit', () => {
    const { kernel, perf } = open()
    for (let value = 0; value < 1000; value++) kernel.writer(0).sampleU32(value)
    const seen = snapshotOf(perf)
    expect(seen).toHaveLength(256)
    expect([seen[0]?.[1], seen.at(-1)?.[1]]).toEqual([999, 744])
    for (let value = 0; value < 10; value++) kernel.writer(0).sampleU32(value)
    expect(snapshotOf(perf, 3)).toHaveLength(3)
    expect(snapshotOf(perf)).toEqual([])
    perf.close()
  })

  it('pauses while a snapshot is taken, and stays paused where it was', () => {
    const { kernel, perf } = open()
    const writer = kernel.writer(0)
    writer.sampleU32(1)
    perf.snapshot(() => {
      expect(writer.paused).toBe(true)
    })
    expect(writer.paused).toBe(false)
    writer.sampleU32(2)
    perf.pause()
    snapshotOf(perf)
    expect(writer.paused).toBe(true)
    perf.resume()
    expect(writer.paused).toBe(false)
    writer.sampleU32(3)
    perf.snapshot(() => {
      perf.pause()
    })
    expect(writer.paused).toBe(true)
    perf.close()
  })

  it('goes on recording after a visitor that throws', () => {
    const { kernel, perf } = open()
    kernel.writer(0).sampleU32(1)
    expect(() =>
      perf.snapshot(() => {
        throw new Error('one')
      }),
    ).toThrow('one')
    expect(kernel.writer(0).paused).toBe(false)
    perf.close()
  })

  it('keeps its memory until the visitor that closes it has returned, and is closed once', () => {
    const { kernel, perf } = open()
    for (const cpu of [0, 2]) for (const value of [1, 2]) kernel.writer(cpu).sampleU32(value)
    let visits = 0
    perf.snapshot(() => {
      visits++
      perf.close()
      expect(kernel.mappings).toBe(2)
    })
    expect(visits).toBe(1)
    perf.close()
    expect([kernel.mappings, kernel.descriptors.size, kernel.slots.size]).toEqual([0, 0, 0])
    bpfErrorOf('RINGBUF_CLOSED', () => snapshotOf(perf))
    bpfErrorOf('RINGBUF_CLOSED', () => {
      perf.pause()
    })
  })

  it('is not read from within a visitor', () => {
    const { kernel, perf } = open()
    kernel.writer(0).sampleU32(1)
    bpfErrorOf('RINGBUF_IN_USE', () => perf.snapshot(() => snapshotOf(perf)))
    perf.close()
  })
})
