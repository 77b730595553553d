/** The reflected polynomial of ISO 3309, as zip archives, gzip and `.gnu_debuglink` use it. */
const POLYNOMIAL = 0xedb8_8320

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ ((rest & 1) * POLYNOMIAL)
  return rest
})

/** The CRC-32 of bytes, an unsigned 32-bit number. (zlib has one from Node.js 20.15 on.) */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) crc = (TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  return (crc ^ 0xffff_ffff) >>> 0
}
