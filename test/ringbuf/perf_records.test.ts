import { describe, expect, it } from 'vitest'
import { PerfRecords } from '../../src/ringbuf/perf_records.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { PerfWriter } from './perf_writer.ts'

describe('PerfRecords', () => {
  it('tells the size of a record, and 0 of one that is longer than what is left', () => {
    const writer = new PerfWriter()
    const records = new PerfRecords(writer.memory, { cpu: 0, map: 'events' })
    writer.sampleU32(1)
    expect(records.sizeAt(0, 16)).toBe(16)
    expect(records.sizeAt(0, 8)).toBe(0)
    const error = bpfErrorOf('RINGBUF_CORRUPT', () => records.sizeAt(16, 100))
    expect(error.message).toContain('offset 16 of the perf buffer of cpu 0: its header says 0 bytes')
    expect(error).toMatchObject({ map: 'events', offset: 16 })
  })

  it('visits samples and nothing else', () => {
    const writer = new PerfWriter()
    const records = new PerfRecords(writer.memory, { cpu: 0, map: undefined })
    writer.sample(Uint8Array.of(1, 2, 3, 4, 5))
    writer.record(2, 24, [0, 0, 9, 0])
    const lengths: number[] = []
    expect(records.visit(0, 24, ({ length }) => lengths.push(length))).toBe(true)
    expect(records.visit(24, 24, ({ length }) => lengths.push(length))).toBe(false)
    expect(lengths).toEqual([12])
    expect(records.counts).toEqual({ records: 1, bytes: 12, lost: 9, skipped: 0 })
  })
})
