import { accessSync, constants } from 'node:fs'
import { KernelError } from './kernel_error.ts'

/** What the search depends on, so that a test may say it. */
export interface ExecutableSearch {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** `process.arch`. */
  readonly architecture: string
}

/** Where Debian and those after it keep the libraries of an architecture. */
const MULTIARCH_FOLDERS: Readonly<Record<string, string>> = {
  x64: '/lib/x86_64-linux-gnu',
  arm64: '/lib/aarch64-linux-gnu',
}

/**
 * Where a program or library is, as libbpf finds it (`resolve_full_path` in src/libbpf.c). What has a slash in it is a path
 * already. A name that ends with `.so`, or has `.so.` in it, is looked for in the folders of LD_LIBRARY_PATH, in /usr/lib64 and
 * /usr/lib, and in the folder of the architecture; any other in those of PATH, in /usr/bin and /usr/sbin.
 *
 * @throws KernelError 'NO_SUCH_EXECUTABLE'
 */
export function findExecutable(
  name: string,
  { environment, architecture }: ExecutableSearch = {
    environment: process.env,
    architecture: process.arch,
  },
): string {
  if (name.includes('/')) return name
  const isLibrary = name.endsWith('.so') || name.includes('.so.')
  const folders = isLibrary
    ? [
        ...listOf(environment['LD_LIBRARY_PATH']),
        '/usr/lib64',
        '/usr/lib',
        ...listOf(MULTIARCH_FOLDERS[architecture]),
      ]
    : [...listOf(environment['PATH']), '/usr/bin', '/usr/sbin']
  const mode = isLibrary ? constants.R_OK : constants.R_OK | constants.X_OK
  const found = folders.map((folder) => `${folder}/${name}`).find((path) => isAccessible(path, mode))
  if (found !== undefined) return found
  const meant =
    !isLibrary && name.startsWith('lib') ? '; libraries have .so in their names, as libc.so.6' : ''
  throw new KernelError(
    'NO_SUCH_EXECUTABLE',
    `there is no ${isLibrary ? 'library' : 'program'} ${name} in ${[...new Set(folders)].join(', ')}: give its path, or name ` +
      `its folder in ${isLibrary ? 'LD_LIBRARY_PATH' : 'PATH'}${meant}`,
  )
}

function listOf(folders: string | undefined): readonly string[] {
  return (folders ?? '').split(':').filter((folder) => folder !== '')
}

function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
