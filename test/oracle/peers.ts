import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from '../../scripts/oracle-suite.ts'
import { BpfError } from '../../src/base/errors.ts'
import type { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { openObject } from '../../src/loader/open_object.ts'
import { openPinned } from './kernel_info.ts'
import { type Snapshot, takeSnapshot } from './snapshot.ts'

/** How one of the two loaders fared with an object. */
export type Outcome =
  | { readonly kind: 'loaded'; readonly snapshot: Snapshot }
  /** `typed`: whether the loader said why in the way it should; bpftool always does. */
  | { readonly kind: 'failed'; readonly code: string; readonly text: string; readonly typed: boolean }

/** A BPF file system of this process's mount namespace; run.ts sees to that. */
export const BPFFS = '/sys/fs/bpf'

/** Milliseconds; the verifier takes less for anything that is small enough to be a test. */
const BPFTOOL_TIME_LIMIT = 60_000

/** Loads the object with rawbpf, looks, and unloads it. */
export async function loadWithRawbpf(kernel: Kernel, path: string): Promise<Outcome> {
  try {
    using loaded = loadObject(await openObject(path), { kernel })
    const programs = new Map([...loaded.programs].map(([name, { fd }]) => [name, fd]))
    const maps = [...loaded.maps.values()].map(({ fd }) => fd)
    return { kind: 'loaded', snapshot: takeSnapshot(kernel, programs, maps) }
  } catch (error) {
    if (error instanceof BpfError)
      return { kind: 'failed', code: error.code, text: error.message, typed: true }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { kind: 'failed', code: 'NO_BPF_ERROR', text, typed: false }
  } finally {
    unpinEverything()
  }
}

/** Loads the object with bpftool, looks, and unloads it. */
export function loadWithBpftool(kernel: Kernel, bpftool: Command, path: string): Outcome {
  const programFolder = join(BPFFS, 'oracle_programs')
  const mapFolder = join(BPFFS, 'oracle_maps')
  const load = (...pinMaps: string[]): ReturnType<typeof spawnSync> =>
    spawnSync(bpftool.file, [...bpftool.args, 'prog', 'loadall', path, programFolder, ...pinMaps], {
      encoding: 'utf8',
      timeout: BPFTOOL_TIME_LIMIT,
    })
  const opened: FileDescriptor[] = []
  try {
    // Maps that no program uses live on only if they are pinned.
    let result = load('pinmaps', mapFolder)
    // A map that pins itself cannot be pinned in a second place; then it is found where it pinned itself.
    if (result.status !== 0) {
      unpinEverything()
      result = load()
    }
    if (result.status !== 0)
      return {
        kind: 'failed',
        code: `exit ${result.status}`,
        text: String(result.stderr).trim(),
        typed: true,
      }
    const open = (file: string): FileDescriptor => {
      const descriptor = openPinned(kernel, file)
      opened.push(descriptor)
      return descriptor
    }
    const programs = new Map(pinsIn(programFolder).map((name) => [name, open(join(programFolder, name)).fd]))
    const maps = [
      ...pinsIn(mapFolder).map((name) => join(mapFolder, name)),
      ...pinsIn(BPFFS).map((name) => join(BPFFS, name)),
    ].map((file) => open(file).fd)
    return { kind: 'loaded', snapshot: takeSnapshot(kernel, programs, maps) }
  } finally {
    for (const descriptor of opened) descriptor.close()
    unpinEverything()
  }
}

function pinsIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .filter((name) => !isPreloaded(name))
}

function unpinEverything(): void {
  for (const name of readdirSync(BPFFS).filter((name) => !isPreloaded(name)))
    rmSync(join(BPFFS, name), { recursive: true })
}

/** A kernel with CONFIG_BPF_PRELOAD puts its own iterators into every BPF file system, where nobody can unlink them. */
const isPreloaded = (name: string): boolean => name.endsWith('.debug')
