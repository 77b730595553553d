/**
 * The same memory as a plain Uint8Array. Callers often hold a Node.js Buffer, which is a Uint8Array too, and whose
 * `slice()` shares memory instead of copying it: a parser that relied on the copy would change its input.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  if (Object.getPrototypeOf(bytes) === Uint8Array.prototype) return bytes
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
