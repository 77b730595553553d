import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type Command, suiteCommand, SuiteError, TRIPLET, unpackSuite } from '../../scripts/oracle-suite.ts'

const SOURCE = join(import.meta.dirname, 'resize.c')
const NAME = 'oracle-resize'

/**
 * Builds resize.c with this machine's C compiler and the newest libbpf that Debian has; it is started with the libraries of
 * that suite, among which it is put.
 *
 * @throws SuiteError where it cannot be had
 */
export function buildResizer(suite: string): Command {
  const unpacked = unpackSuite(suite, ['libbpf-dev', 'linux-libc-dev'])
  const { root } = unpacked
  const { status, stderr, error } = spawnSync(
    'cc',
    ['-Wall', '-Wextra', '-Werror', '-isystem', join(root, 'usr/include'), SOURCE, '-o', join(root, NAME)]
      // The library needs a newer libc than the one that is linked to.
      .concat([join(root, 'usr/lib', TRIPLET, 'libbpf.so.1'), '-Wl,--allow-shlib-undefined']),
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new SuiteError(`cc cannot build ${SOURCE}: ${error?.message ?? stderr}`)
  return suiteCommand(unpacked, NAME)
}
