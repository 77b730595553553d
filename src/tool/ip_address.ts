import { SocketAddress } from 'node:net'

/** An address of IPv4 from its 4 bytes. */
export function ipv4Text(bytes: readonly number[]): string {
  return bytes.slice(0, 4).join('.')
}

/** An address of IPv6 from its 16 bytes, with the longest run of zeros left out (RFC 5952): `fe80::1`. */
export function ipv6Text(bytes: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, group) => {
    return (((bytes[2 * group] ?? 0) << 8) | (bytes[2 * group + 1] ?? 0)).toString(16)
  })
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address
}
