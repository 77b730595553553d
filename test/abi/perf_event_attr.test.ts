import { describe, expect, it } from 'vitest'
import { decodeAttr } from '../../src/abi/decode_attr.ts'
import { encodePerfEventAttr, PERF_EVENT_ATTR } from '../../src/abi/perf_event_attr.ts'

describe('encodePerfEventAttr', () => {
  it('has the 64 bytes that every kernel reads, and says so', () => {
    const { bytes } = encodePerfEventAttr({ type: 2, config: 365 })
    expect(bytes).toHaveLength(64)
    expect(decodeAttr(PERF_EVENT_ATTR, bytes)).toMatchObject({
      type: 2,
      size: 64,
      config: 365n,
      sample_period: 0n,
    })
  })

  it('grows with the fields that later kernels added', () => {
    const { bytes } = encodePerfEventAttr({ type: 6, config2: 0x1234n })
    expect(bytes).toHaveLength(72)
    expect(decodeAttr(PERF_EVENT_ATTR, bytes)).toMatchObject({ size: 72, config2: 0x1234n })
  })
})
