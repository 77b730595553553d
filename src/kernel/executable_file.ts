import { readFileSync, realpathSync, type Stats, statSync } from 'node:fs'
import { BpfError } from '../base/errors.ts'
import { type ElfImage, parseElfImage } from '../elf/image.ts'
import { findMember } from '../executable/archive.ts'
import { requireExecutable } from '../executable/code_offset.ts'
import { debugFilePaths, debugFileReference, isDebugFileOf } from '../executable/debug_file.ts'
import { findExecutable } from './find_executable.ts'
import { KernelError } from './kernel_error.ts'

/** A file that is mapped to be run, found and looked at as far as a probe needs it. */
export interface ExecutableFile {
  /** Of the file itself, which for a member of an archive is the archive: what the kernel is told. */
  readonly path: string
  /** Bytes of that file. */
  readonly size: number
  /** Where the ELF file starts in it: 0 but in an archive. */
  readonly start: number
  readonly image: ElfImage
  /** What was split off from the file of its symbols, where that is installed. */
  readonly debugImage: () => ElfImage | undefined
}

/** Stands between an archive and its member: `/data/app/base.apk!/lib/arm64-v8a/libx.so`. */
const ARCHIVE_SEPARATOR = '!/'

/**
 * Finds and reads a program or library.
 *
 * @param name A path, a name that is looked for in the usual folders, or a path of an archive, `!/` and the name of a member.
 * @throws KernelError 'NO_SUCH_EXECUTABLE', 'FILE_UNREADABLE'; ElfError; ExecutableError 'EXECUTABLE_WRONG_TYPE',
 *   'EXECUTABLE_BAD_ARCHIVE'
 */
export function openExecutable(name: string): ExecutableFile {
  const separator = name.indexOf(ARCHIVE_SEPARATOR)
  const file = separator === -1 ? openPlain(findExecutable(name)) : openMember(name, separator)
  requireExecutable(file.image)
  return file
}

function openPlain(path: string): ExecutableFile {
  const { stats, image } = readImage(path)
  return { path, size: stats.size, start: 0, image, debugImage: () => findDebugImage(image, path) }
}

function openMember(name: string, separator: number): ExecutableFile {
  const path = name.slice(0, separator)
  const { size } = statOf(path)
  const member = name.slice(separator + ARCHIVE_SEPARATOR.length)
  const { offset, bytes } = findMember(readBytes(path), path, member)
  return { path, size, start: offset, image: parseElfImage(bytes, name), debugImage: () => undefined }
}

/**
 * Where a file is that is probed at an offset of its own, and how long it is; nothing in it is looked at.
 *
 * @throws KernelError 'NO_SUCH_EXECUTABLE', 'FILE_UNREADABLE'
 */
export function locateExecutable(name: string): Pick<ExecutableFile, 'path' | 'size'> {
  const path = findExecutable(name)
  return { path, size: statOf(path).size }
}

/** The path that a process itself has for a file: that of a container's is reached by `/proc/PID/root`. */
export function pathInProcess(path: string, pid: number): string {
  const root = `/proc/${pid}/root/`
  return path.startsWith(root) ? path.slice(root.length - 1) : attempt(path, () => realpathSync(path))
}

/** The file that was read last, as long as nothing else needs the memory: programs are attached to several places of one. */
let last: { readonly path: string; readonly stats: Stats; readonly image: WeakRef<ElfImage> } | undefined

function readImage(path: string): { readonly stats: Stats; readonly image: ElfImage } {
  const stats = statOf(path)
  const known = last?.path === path && isSame(last.stats, stats) ? last.image.deref() : undefined
  if (known !== undefined) return { stats, image: known }
  const image = parseElfImage(readBytes(path), path)
  last = { path, stats, image: new WeakRef(image) }
  return { stats, image }
}

function isSame(one: Stats, other: Stats): boolean {
  return (
    one.dev === other.dev && one.ino === other.ino && one.size === other.size && one.mtimeMs === other.mtimeMs
  )
}

function statOf(path: string): Stats {
  const stats = attempt(path, () => statSync(path))
  if (stats.isFile()) return stats
  const found = `${path} is no regular file, and only such files are mapped and run`
  throw new KernelError('FILE_UNREADABLE', found, { object: path })
}

function readBytes(path: string): Uint8Array {
  return attempt(path, () => readFileSync(path))
}

function attempt<Result>(path: string, read: () => Result): Result {
  try {
    return read()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    if (isMissing(cause)) {
      throw new KernelError('NO_SUCH_EXECUTABLE', `there is no file ${path}`, { object: path, cause })
    }
    throw new KernelError('FILE_UNREADABLE', `cannot read ${path}: ${why}`, { object: path, cause })
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

/** The first file that is there and belongs to this one. What cannot be read or is no ELF file is passed over. */
function findDebugImage(image: ElfImage, path: string): ElfImage | undefined {
  const reference = debugFileReference(image)
  const own = attempt(path, () => realpathSync(path))
  for (const candidate of debugFilePaths(reference, own)) {
    const found = tryImage(candidate)
    if (found !== undefined && isDebugFileOf(reference, found)) return found
  }
  return undefined
}

function tryImage(path: string): ElfImage | undefined {
  try {
    return parseElfImage(readBytes(path), path)
  } catch (error) {
    if (error instanceof BpfError) return undefined
    throw error
  }
}
