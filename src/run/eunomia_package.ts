import { RunError } from './run_error.ts'

/** The object in a package, compressed. */
export interface PackedObject {
  /** As zlib compresses (RFC 1950). */
  readonly compressed: Uint8Array
  /** Bytes without the compression. */
  readonly size: number
}

/** Bytes; objects are a hundredth of it. */
const MAX_OBJECT_SIZE = 64 * 1024 * 1024

/**
 * Reads the `package.json` that ecc, the compiler of eunomia-bpf, makes: an object with `bpf_object`, the BPF object compressed by
 * zlib and in base64, `bpf_object_size`, its bytes without compression, and `meta`, which repeats what BTF says
 * (bpf-loader-lib/src/meta in eunomia-bpf 1.0.27).
 *
 * @param name What errors call the file.
 * @throws RunError 'RUN_BAD_PACKAGE'
 */
export function readPackage(text: string, name: string): PackedObject {
  const { bpf_object: packed, bpf_object_size: size } = parse(text, name)
  if (typeof packed !== 'string') throw badPackage(name, 'it has no text called bpf_object')
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size <= 0)
    throw badPackage(name, 'its bpf_object_size is no number of bytes')
  if (size > MAX_OBJECT_SIZE)
    throw badPackage(name, `its bpf_object_size is ${size}, and up to ${MAX_OBJECT_SIZE} bytes are supported`)
  if (!/^[A-Za-z\d+/]+={0,2}$/.test(packed)) throw badPackage(name, 'its bpf_object is no base64')
  return { compressed: Buffer.from(packed, 'base64'), size }
}

function parse(
  text: string,
  name: string,
): { readonly bpf_object?: unknown; readonly bpf_object_size?: unknown } {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw badPackage(name, `it is no JSON (${cause instanceof Error ? cause.message : String(cause)})`, cause)
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw badPackage(name, 'it is no JSON object')
  return json
}

/** The error for a file that is no such package. */
export function badPackage(name: string, found: string, cause?: unknown): RunError {
  const message = `cannot read ${name} as a package of eunomia-bpf: ${found}; give the package.json that ecc made, or a BPF object`
  return new RunError('RUN_BAD_PACKAGE', message, { object: name, cause })
}
