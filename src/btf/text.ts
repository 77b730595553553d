const decoder = new TextDecoder()

/**
 * The string in a char array of `size` bytes: up to the first NUL, or all of it. It is taken as UTF-8; bytes that are not
 * become U+FFFD, which the kernel's names (16 bytes, cut anywhere) do need.
 *
 * Most are short and ASCII, and for those a loop is several times faster than TextDecoder: eight characters at a time as
 * long as none of them is NUL or needs UTF-8, then one by one.
 */
export function readText(view: DataView, offset: number, size: number): string {
  let text = ''
  let index = 0
  for (; index + 8 <= size; index += 8) {
    const low = view.getInt32(offset + index, true)
    const high = view.getInt32(offset + index + 4, true)
    if (hasOtherThanText(low) || hasOtherThanText(high)) break
    text += String.fromCharCode(
      low & 0xff,
      (low >> 8) & 0xff,
      (low >> 16) & 0xff,
      low >>> 24,
      high & 0xff,
      (high >> 8) & 0xff,
      (high >> 16) & 0xff,
      high >>> 24,
    )
  }
  for (; index < size; index++) {
    const code = view.getUint8(offset + index)
    if (code === 0) return text
    if (code >= 0x80) return readUtf8(view, offset, size)
    text += String.fromCharCode(code)
  }
  return text
}

/**
 * Whether one of four bytes is NUL or 0x80 and above. Taking 1 from each byte sets the top bit of a NUL; bytes from 1 to
 * 0x7f keep theirs clear and borrow nothing from each other.
 */
function hasOtherThanText(bytes: number): boolean {
  return (((bytes - 0x01010101) | bytes) & 0x80808080) !== 0
}

function readUtf8(view: DataView, offset: number, size: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, size)
  const end = bytes.indexOf(0)
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end))
}
