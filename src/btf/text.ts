const decoder = new TextDecoder()

/**
 * The string in a char array of `size` bytes: up to the first NUL, or all of it. It is taken as UTF-8; bytes that are not
 * become U+FFFD, which the kernel's names (16 bytes, cut anywhere) do need.
 *
 * Most are short and ASCII, and for those a loop is several times faster than TextDecoder.
 */
export function readText(view: DataView, offset: number, size: number): string {
  let text = ''
  for (let index = 0; index < size; index++) {
    const code = view.getUint8(offset + index)
    if (code === 0) return text
    if (code >= 0x80) return readUtf8(view, offset, size)
    text += String.fromCharCode(code)
  }
  return text
}

function readUtf8(view: DataView, offset: number, size: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, size)
  const end = bytes.indexOf(0)
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end))
}
