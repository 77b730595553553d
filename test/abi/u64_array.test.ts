import { expect, test } from 'vitest'
import { u64Array } from '../../src/abi/u64_array.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

test('Numbers become 64 bits each', () => {
  const bytes = u64Array('offsets', [1, 2n ** 64n - 1n])
  expect([...bytes]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255])
  expect(u64Array('offsets', [])).toHaveLength(0)
})

test.each([-1, 0.5, Number.NaN, 2 ** 53, -1n, 2n ** 64n])('%s is refused, with its place', (value) => {
  expect(bpfErrorOf('ABI_VALUE_OUT_OF_RANGE', () => u64Array('cookies', [0, value])).message).toMatch(
    /^cookies\[1\] is /,
  )
})
