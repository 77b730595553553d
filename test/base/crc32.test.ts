import { expect, test } from 'vitest'
import { crc32 } from '../../src/base/crc32.ts'

test.each([
  ['', 0],
  ['a', 0xe8b7be43],
  // The check value of the catalogue of CRCs.
  ['123456789', 0xcbf43926],
])('The CRC-32 of %j is the one that zlib gives', (text, expected) => {
  expect(crc32(new TextEncoder().encode(text))).toBe(expected)
})
