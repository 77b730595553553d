/** Bytes as hexdump(1) and bpftool show them: 16 a line, in words of two bytes, with their characters. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let start = 0; start < bytes.length; start += BYTES_PER_LINE) {
    lines.push(`${hexLine(bytes.subarray(start, start + BYTES_PER_LINE), start)}\n`)
  }
  return lines.join('')
}

const BYTES_PER_LINE = 16

/** Columns of 16 bytes in hexadecimal, with a space behind every second one. */
const HEX_WIDTH = 40

function hexLine(bytes: Uint8Array, start: number): string {
  const hex = Buffer.from(bytes).toString('hex').replaceAll(/.{4}/g, '$& ')
  const text = [...bytes]
    .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
    .join('')
  const halves = `${text.slice(0, 8)} ${text.slice(8)}`.trimEnd()
  return `${start.toString(16).padStart(7, '0')}\t${hex.padEnd(HEX_WIDTH)}| ${halves}`
}
