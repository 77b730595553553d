import { readFile } from 'node:fs/promises'
import { BpfError } from '../base/errors.ts'

/**
 * Reads a file that an option names; undefined for an option that was not given.
 *
 * @throws BpfError 'FILE_UNREADABLE'
 */
export async function readInput(path: string | undefined): Promise<Uint8Array | undefined> {
  if (path === undefined) return undefined
  try {
    return await readFile(path)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new BpfError('FILE_UNREADABLE', `cannot read the input: ${why}`, { object: path, cause })
  }
}
