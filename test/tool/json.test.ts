import { describe, expect, it } from 'vitest'
import { jsonText } from '../../src/tool/json.ts'

describe('jsonText', () => {
  it('writes integers as numbers as long as readers get them exactly, and as strings beyond', () => {
    const big = BigInt(Number.MAX_SAFE_INTEGER)
    expect(jsonText({ a: 1n, b: -big, c: big + 1n, d: [-big - 1n], e: undefined })).toBe(
      `{"a":1,"b":${-big},"c":"${big + 1n}","d":["${-big - 1n}"]}`,
    )
  })
})
