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
    return await readFile(path)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new BpfError('FILE_UNREADABLE', `cannot ${tried}: ${why}`, { object: path, cause })
  }
}
