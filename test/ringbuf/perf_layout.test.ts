import { readFileSync, existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as layout from '../../src/ringbuf/perf_layout.ts'

const HEADER = '/usr/include/linux/perf_event.h'

describe('the layout of a perf buffer', () => {
  it.skipIf(!existsSync(HEADER))('has the numbers of include/uapi/linux/perf_event.h', () => {
    const text = readFileSync(HEADER, 'utf8')
    const numberOf = (name: string): number => Number(new RegExp(`\\b${name}\\s*=\\s*(\\d+)`).exec(text)?.[1])
    expect(numberOf('PERF_RECORD_SAMPLE')).toBe(layout.PERF_RECORD_SAMPLE)
    expect(numberOf('PERF_RECORD_LOST')).toBe(layout.PERF_RECORD_LOST)
    expect(numberOf('PERF_RECORD_LOST_SAMPLES')).toBe(layout.PERF_RECORD_LOST_SAMPLES)
  })

  it('has the positions where the page is aligned to 1 KiB', () => {
    expect([layout.DATA_HEAD_OFFSET, layout.DATA_TAIL_OFFSET]).toEqual([1024, 1032])
  })
})
