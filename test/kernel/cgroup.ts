import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmdirSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kernelTest } from './require.ts'

/** Mounts cgroup2 for as long as `body` takes, and makes a cgroup in it, which is removed again. */
export async function withCgroup(body: (path: string) => void | Promise<void>): Promise<void> {
  const { path, remove } = makeCgroup()
  try {
    await body(path)
  } finally {
    remove()
  }
}

/** Why `attempt` fails in a cgroup; undefined where it does not. */
export function whyNotInCgroup(attempt: (path: string) => void): string | undefined {
  const { path, remove } = makeCgroup()
  try {
    attempt(path)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    remove()
  }
}

function makeCgroup(): { readonly path: string; readonly remove: () => void } {
  const mounted = mkdtempSync(join(tmpdir(), 'rawbpf-cgroup2-'))
  execFileSync('mount', ['-t', 'cgroup2', 'none', mounted], { stdio: 'pipe' })
  const path = join(mounted, `rawbpf-${process.pid}`)
  mkdirSync(path)
  const remove = (): void => {
    rmdirSync(path)
    execFileSync('umount', [mounted], { stdio: 'pipe' })
    rmdirSync(mounted)
  }
  return { path, remove }
}

/** Runs `body` while this process is in the cgroup, and takes it back to where it was. */
export async function inCgroup(path: string, body: () => void | Promise<void>): Promise<void> {
  const before = cgroupOfThisProcess()
  moveTo(path)
  try {
    await body()
  } finally {
    moveTo(join(path, '..', before))
  }
}

/** Its cgroup of version 2, from the root of the hierarchy. */
function cgroupOfThisProcess(): string {
  return /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/'
}

function moveTo(path: string): void {
  const file = openSync(join(path, 'cgroup.procs'), 'w')
  try {
    writeSync(file, String(process.pid))
  } finally {
    closeSync(file)
  }
}

/** Tests that make a cgroup of version 2. */
export const cgroupTest = kernelTest('permission to make a cgroup', () => whyNotInCgroup(() => undefined))
