/** The largest number of milliseconds whose nanoseconds fit into 64 bits. */
const MAX_MILLISECONDS = 0xffff_ffff_ffff_ffffn / 1_000_000n

/**
 * Reads a number of milliseconds, at least 1, in decimal digits.
 *
 * @returns Nanoseconds, or undefined where `text` is none such.
 */
export function parseMilliseconds(text: string): bigint | undefined {
  if (!/^\d+$/.test(text)) return undefined
  const milliseconds = BigInt(text)
  return milliseconds > 0n && milliseconds <= MAX_MILLISECONDS ? milliseconds * 1_000_000n : undefined
}
