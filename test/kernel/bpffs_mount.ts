import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kernelTest } from './require.ts'

/** Mounts a BPF file system for as long as `body` takes; what is pinned in it is gone with it. */
export function withBpfFs(body: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'rawbpf-bpffs-'))
  execFileSync('mount', ['-t', 'bpf', 'bpf', directory], { stdio: 'pipe' })
  try {
    body(directory)
  } finally {
    execFileSync('umount', [directory], { stdio: 'pipe' })
    rmdirSync(directory)
  }
}

/** Tests that pin. */
export const bpfFsTest = kernelTest('permission to mount a BPF file system', () => {
  withBpfFs(() => undefined)
  return undefined
})
