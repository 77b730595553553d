import { AbiError } from './abi_error.ts'

const MAX = 0xffff_ffff_ffff_ffffn

/**
 * An array of 64-bit numbers that a field points to, in the host's byte order.
 *
 * @param name What errors call it.
 * @throws AbiError 'ABI_VALUE_OUT_OF_RANGE'
 */
export function u64Array(name: string, values: readonly (number | bigint)[]): Uint8Array {
  const array = new BigUint64Array(values.length)
  for (const [index, value] of values.entries()) {
    if ((typeof value === 'number' && !Number.isSafeInteger(value)) || value < 0 || value > MAX) {
      throw new AbiError(
        'ABI_VALUE_OUT_OF_RANGE',
        `${name}[${index}] is ${value.toString()}, no integer from 0 to ${MAX}`,
      )
    }
    array[index] = BigInt(value)
  }
  return new Uint8Array(array.buffer)
}
