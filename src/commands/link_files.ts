import { realpath } from 'node:fs/promises'
import { readObjectFile } from '../loader/open_object.ts'
import type { LinkSource } from '../static_linker/input_object.ts'
import { linkObjects } from '../static_linker/link_objects.ts'
import { FileError } from '../tool/file_error.ts'
import { replaceFile } from '../tool/replace_file.ts'

/**
 * Links the objects in the files `inputs` into the file `output`, which is replaced in one step, once everything went well.
 *
 * @throws FileError FILE_SAME, FILE_NOT_WRITTEN; BpfError FILE_UNREADABLE; what `linkObjects` throws
 */
export async function linkFiles(output: string, inputs: readonly string[]): Promise<void> {
  await requireOtherFile(output, inputs)
  const sources: LinkSource[] = []
  for (const name of inputs) sources.push({ name, bytes: await readObjectFile(name) })
  await replaceFile(output, linkObjects(sources))
}

/** A makefile that names its target among its sources would lose the source. */
async function requireOtherFile(output: string, inputs: readonly string[]): Promise<void> {
  // A file that is not there is none of the others; reading it says that it is missing.
  const place = async (path: string): Promise<string | undefined> => realpath(path).catch(() => undefined)
  const target = await place(output)
  for (const input of target === undefined ? [] : inputs) {
    if ((await place(input)) !== target) continue
    const message = `cannot link into ${output}: it is one of the objects to be linked; give the result another name`
    throw new FileError('FILE_SAME', message, { object: output })
  }
}
