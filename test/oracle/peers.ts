import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from '../../scripts/debian-suite.ts'
import { BpfError } from '../../src/base/errors.ts'
import type { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { openObject } from '../../src/loader/open_object.ts'
import type { Resize } from './corpus.ts'
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
export async function loadWithRawbpf(
  kernel: Kernel,
  path: string,
  resizes: readonly Resize[] = [],
): Promise<Outcome> {
  try {
    const spec = await openObject(path)
    for (const { map, size } of resizes) {
      const found = spec.maps.get(map)
      if (found === undefined) throw new Error(`${path} has no map ${map} to resize`)
      found.valueSize = size
    }
    using loaded = loadObject(spec, { kernel })
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

const PROGRAM_FOLDER = join(BPFFS, 'oracle_programs')
const MAP_FOLDER = join(BPFFS, 'oracle_maps')

/** Loads the object with bpftool, looks, and unloads it. */
export function loadWithBpftool(kernel: Kernel, bpftool: Command, path: string): Outcome {
  const load = (...pinMaps: string[]): SpawnSyncReturns<string> =>
    start(bpftool, ['prog', 'loadall', path, PROGRAM_FOLDER, ...pinMaps])
  return lookAndUnload(kernel, () => {
    // Maps that no program uses live on only if they are pinned.
    const result = load('pinmaps', MAP_FOLDER)
    // A map that pins itself cannot be pinned in a second place; then it is found where it pinned itself.
    if (result.status === 0) return result
    unpinEverything()
    return load()
  })
}

/** The same with resize.c, which gives maps other value sizes before. */
export function loadResized(
  kernel: Kernel,
  resizer: Command,
  path: string,
  resizes: readonly Resize[],
): Outcome {
  const sizes = resizes.map(({ map, size }) => `${map}=${size}`)
  return lookAndUnload(kernel, () => start(resizer, [path, PROGRAM_FOLDER, MAP_FOLDER, ...sizes]))
}

function start({ file, args }: Command, more: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(file, [...args, ...more], { encoding: 'utf8', timeout: BPFTOOL_TIME_LIMIT })
}

/** @param load Pins programs and maps into the oracle's folders. */
function lookAndUnload(kernel: Kernel, load: () => SpawnSyncReturns<string>): Outcome {
  const opened: FileDescriptor[] = []
  try {
    const result = load()
    if (result.status !== 0)
      return {
        kind: 'failed',
        code: `exit ${result.status}`,
        text: result.stderr.trim(),
        typed: true,
      }
    const open = (file: string): FileDescriptor => {
      const descriptor = openPinned(kernel, file)
      opened.push(descriptor)
      return descriptor
    }
    const programs = new Map(
      pinsIn(PROGRAM_FOLDER).map((name) => [name, open(join(PROGRAM_FOLDER, name)).fd]),
    )
    const maps = [
      ...pinsIn(MAP_FOLDER).map((name) => join(MAP_FOLDER, name)),
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
