import type { Observer } from '../base/observer.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import { parseObject } from '../object/parse_object.ts'
import type { ObjectStep } from '../object/steps.ts'
import { readFileFor } from './read_file.ts'

export interface OpenOptions {
  /** Told of every section, map and program that is found. */
  readonly observer?: Observer<ObjectStep>
}

/**
 * Reads a BPF object file. Needs no privilege and no kernel support.
 *
 * @throws BpfError 'FILE_UNREADABLE'; ElfError, BtfError, ObjectError as parseObject does.
 */
export async function openObject(path: string, options: OpenOptions = {}): Promise<ObjectSpec> {
  return parseObject(await readObjectFile(path), path, options.observer)
}

/**
 * The bytes of a BPF object file.
 *
 * @throws BpfError 'FILE_UNREADABLE'
 */
export function readObjectFile(path: string): Promise<Uint8Array> {
  return readFileFor(path, `read the BPF object ${path}`)
}
