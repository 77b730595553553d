import { SocketAddress } from 'node:net'

/**
 * The text of an address, as RFC 5952 writes those of IPv6: without leading zeros, and the longest run of zeros, of two words at
 * least, as `::`.
 *
 * @param version 4 or 6.
 * @param bytes As they are on the wire; what is behind the 4 or 16 that count is ignored.
 */
export function ipAddress(version: number, bytes: ArrayLike<number>): string {
  if (version === 4) return Array.from(bytes).slice(0, 4).join('.')
  const words = Array.from({ length: 8 }, (_, index) => {
    return (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16)
  })
  return new SocketAddress({ address: words.join(':'), family: 'ipv6' }).address
}
