import { describe, expect, it } from 'vitest'
import { UserRecord } from '../../src/ringbuf/user_record.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

function make(): { readonly bytes: Uint8Array; readonly record: UserRecord; readonly ends: string[] } {
  const bytes = new Uint8Array(32)
  const ends: string[] = []
  const onEnd = (end: string): void => void ends.push(end)
  return {
    bytes,
    ends,
    record: new UserRecord(new DataView(bytes.buffer), 8, 15, { map: 'commands', onEnd }),
  }
}

describe('UserRecord', () => {
  it('writes integers and bytes in place, little-endian', () => {
    const { bytes, record } = make()
    record.setU8(0, 1)
    record.setU16(1, 0x0203)
    record.setU32(3, 0x04050607)
    record.setU64(7, 0x08090a0b0c0d0e0fn)
    expect([...bytes.subarray(8, 24)]).toEqual([1, 3, 2, 7, 6, 5, 4, 15, 14, 13, 12, 11, 10, 9, 8, 0])
    record.setBytes(13, Uint8Array.of(77, 78))
    expect([...bytes.subarray(21, 24)]).toEqual([77, 78, 0])
  })

  it.each([
    [
      'a byte behind its end',
      (record: UserRecord) => {
        record.setU8(15, 1)
      },
    ],
    [
      'a byte in front of its start',
      (record: UserRecord) => {
        record.setU8(-1, 1)
      },
    ],
    [
      'half of an integer',
      (record: UserRecord) => {
        record.setU64(8, 1n)
      },
    ],
    [
      'too many bytes',
      (record: UserRecord) => {
        record.setBytes(0, new Uint8Array(16))
      },
    ],
    [
      'at no number',
      (record: UserRecord) => {
        record.setU8(NaN, 1)
      },
    ],
  ])('refuses to write %s', (_, write) => {
    const { bytes, record } = make()
    const error = bpfErrorOf('RINGBUF_OUT_OF_RECORD', () => {
      write(record)
    })
    expect(error.map).toBe('commands')
    expect(bytes.every((byte) => byte === 0)).toBe(true)
  })

  it('ends once, and cannot be used afterwards', () => {
    const { record, ends } = make()
    record.submit()
    for (const use of [
      () => {
        record.submit()
      },
      () => {
        record.discard()
      },
      () => {
        record.setU8(0, 1)
      },
    ]) {
      bpfErrorOf('RINGBUF_STALE_RECORD', use)
    }
    expect(ends).toEqual(['submitted'])
  })
})
