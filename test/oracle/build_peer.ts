import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  cacheFolder,
  type Command,
  SuiteError,
  TRIPLET,
  unpackSuite,
  withLibraries,
} from '../../scripts/debian-suite.ts'
import { BPFTOOL_SUITE } from '../../scripts/oracle-tools.ts'

/**
 * Builds a C program of this folder with this machine's compiler and the newest libbpf that Debian has, unless that was done
 * since the source was changed. It is started with the libraries of libbpf's suite.
 *
 * @throws SuiteError where there is no libbpf or no C compiler
 */
export function buildWithLibbpf(source: string): Command {
  const suite = unpackSuite(BPFTOOL_SUITE, ['libbpf-dev', 'linux-libc-dev'])
  const folder = join(cacheFolder, 'peer')
  mkdirSync(folder, { recursive: true })
  const path = join(import.meta.dirname, source)
  const program = join(folder, basename(source, '.c'))
  if (!existsSync(program) || statSync(program).mtimeMs < statSync(path).mtimeMs)
    compile(path, suite.root, program)
  return withLibraries(suite, program)
}

function compile(source: string, root: string, program: string): void {
  const headers = [join(root, 'usr/include'), join(root, 'usr/include', TRIPLET)]
  const { status, stderr, error } = spawnSync(
    'cc',
    ['-O2', '-Wall', '-Wextra', '-Werror', ...headers.flatMap((folder) => ['-isystem', folder]), source]
      .concat([join(root, 'usr/lib', TRIPLET, 'libbpf.so.1'), '-ldl'])
      // libbpf's own libraries are those of its suite, which are there when it runs.
      .concat(['-Wl,--allow-shlib-undefined', '-o', program]),
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new SuiteError(`cannot build ${source}: ${error?.message ?? stderr}`)
}
