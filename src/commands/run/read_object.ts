import { inflate } from 'node:zlib'
import { promisify } from 'node:util'
import { readFileFor } from '../../loader/read_file.ts'
import { readObjectFile } from '../../loader/open_object.ts'
import { badPackage, readPackage } from '../../run/eunomia_package.ts'
import { buildObject } from '../build/build_object.ts'

const inflateBytes = promisify(inflate)

/** Whether a file is C, which is compiled before it is loaded. */
export function isSource(path: string): boolean {
  return path.endsWith('.c')
}

/**
 * The object that a file is, is compiled to, or has in it.
 *
 * @throws BpfError 'FILE_UNREADABLE'; RunError 'BUILD_NO_CLANG', 'BUILD_FAILED', 'RUN_BAD_PACKAGE'
 */
export async function readObject(path: string): Promise<Uint8Array> {
  if (isSource(path)) return await buildObject(path)
  if (path.endsWith('.json')) return await unpack(path)
  return await readObjectFile(path)
}

async function unpack(path: string): Promise<Uint8Array> {
  const text = Buffer.from(await readFileFor(path, `read the package ${path}`)).toString('utf8')
  const { compressed, size } = readPackage(text, path)
  let bytes: Uint8Array
  try {
    bytes = await inflateBytes(compressed, { maxOutputLength: size })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw badPackage(
      path,
      `its bpf_object does not decompress to the ${size} bytes of bpf_object_size: ${why}`,
      cause,
    )
  }
  if (bytes.length === size) return bytes
  throw badPackage(path, `its bpf_object has ${bytes.length} bytes, and bpf_object_size says ${size}`)
}
