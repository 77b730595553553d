import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { BpfError } from '../base/errors.ts'

/**
 * The bytes of a file.
 *
 * @param tried What the error says of the attempt, e.g. `read types from vmlinux`.
 * @throws BpfError 'FILE_UNREADABLE'
 */
export async function readFileFor(path: string, tried: string): Promise<Uint8Array> {
  try {
    return isOfKernel(path) ? readFileSync(path) : await readFile(path)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new BpfError('FILE_UNREADABLE', `cannot ${tried}: ${why}`, { object: path, cause })
  }
}

/**
 * Of a file in /sys the kernel gives a page at a time, and its types are 1,300 pages. In one go that takes 5 ms, with a turn
 * of the event loop for each of them 70 ms.
 */
function isOfKernel(path: string): boolean {
  return path.startsWith('/sys/')
}
