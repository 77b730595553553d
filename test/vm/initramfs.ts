import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

/**
 * Writes a folder as the archive that the kernel unpacks into its first file system
 * (Documentation/driver-api/early-userspace/buffer-format.rst, Linux 6.18). Several may be concatenated.
 */
export function writeArchive(folder: string, file: string): void {
  const output = openSync(file, 'w')
  try {
    const command = 'find . -mindepth 1 | sort | cpio --quiet --create --format=newc --owner=+0:+0'
    const stdio = ['ignore', output, 'inherit'] as const
    const { status } = spawnSync('sh', ['-c', command], { cwd: folder, stdio: [...stdio] })
    if (status !== 0) throw new Error(`cannot write ${folder} as an archive for the kernel`)
  } finally {
    closeSync(output)
  }
}
