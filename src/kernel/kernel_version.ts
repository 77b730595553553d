import { readFileSync } from 'node:fs'
import { release } from 'node:os'

/** Linux, e.g. [6, 18]. Distributions take features into older releases: ask for the feature where that is possible. */
export type KernelVersion = readonly [major: number, minor: number]

/** The first release that charges maps and programs to the memory cgroup, and not to RLIMIT_MEMLOCK. */
export const MEMCG_ACCOUNTING: KernelVersion = [5, 11]

/** The running kernel's, from its release, e.g. `6.18.44`; undefined where that starts otherwise. */
export function readKernelVersion(
  read: (path: string) => string | undefined = readText,
): KernelVersion | undefined {
  const version = /^(\d+)\.(\d+)/.exec(read('/proc/sys/kernel/osrelease') ?? release())
  return version === null ? undefined : [Number(version[1]), Number(version[2])]
}

/** Whether `version` comes before `other`. */
export function isBefore(version: KernelVersion, other: KernelVersion): boolean {
  return version[0] < other[0] || (version[0] === other[0] && version[1] < other[1])
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
