/**
 * A number as the kernel reads keys and values: 32 bits, in the order of the hosts that rawbpf runs on, and zeros behind them
 * where more bytes are wanted.
 */
export function u32Bytes(value: number, size = 4): Uint8Array {
  const bytes = new Uint8Array(size)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}
