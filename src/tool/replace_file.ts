import { randomUUID } from 'node:crypto'
import { open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { FileError } from './file_error.ts'

/**
 * Writes a file so that others see what was there before or all of `bytes`, and never a half: into a file beside it, which
 * is then given its name. What is no regular file (/dev/stdout, a pipe) is written to as it is.
 *
 * @throws FileError FILE_NOT_WRITTEN; then nothing was changed, and nothing is left behind
 */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  try {
    if (await isSpecial(path)) await writeFile(path, bytes)
    else await replaceRegular(await targetOf(path), bytes)
  } catch (cause) {
    throw notWritten(path, cause)
  }
}

/**
 * Checks that `replaceFile` will be able to write: what takes long is not to be for nothing. Changes nothing.
 *
 * @throws FileError FILE_NOT_WRITTEN
 */
export async function requireReplaceable(path: string): Promise<void> {
  try {
    // Of what is special, a folder is all that cannot be opened in this way.
    if (await isSpecial(path)) await (await open(path, 'r+')).close()
    else await rm(await writeBeside(await targetOf(path), new Uint8Array()))
  } catch (cause) {
    throw notWritten(path, cause)
  }
}

function notWritten(path: string, cause: unknown): FileError {
  // Node.js adds the call and its path, which may be that of the file beside.
  const why = cause instanceof Error ? cause.message.replace(/, \w+ '.*'$/s, '') : String(cause)
  const message = `cannot write ${path}: ${why}; see that its folder is there and may be written to`
  return new FileError('FILE_NOT_WRITTEN', message, { object: path, cause })
}

async function isSpecial(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && !found.isFile()
}

/** Where a symbolic link leads, so that the link stays. */
async function targetOf(path: string): Promise<string> {
  return realpath(path).catch(() => path)
}

async function replaceRegular(path: string, bytes: Uint8Array): Promise<void> {
  const beside = await writeBeside(path, bytes)
  try {
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

/** Writes a new file in the same folder, and gives its path. */
async function writeBeside(path: string, bytes: Uint8Array): Promise<string> {
  const beside = join(dirname(path), `.${basename(path)}.${randomUUID()}`)
  try {
    await writeFile(beside, bytes, { flag: 'wx' })
    return beside
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}
