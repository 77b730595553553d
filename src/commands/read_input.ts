import { readFileFor } from '../loader/read_file.ts'

/**
 * Reads a file that an option names; undefined for an option that was not given.
 *
 * @throws BpfError 'FILE_UNREADABLE'
 */
export async function readInput(path: string | undefined): Promise<Uint8Array | undefined> {
  return path === undefined ? undefined : await readFileFor(path, 'read the input')
}
