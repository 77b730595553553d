import { statSync } from 'node:fs'

/** The inode of the user namespace that the system started with (PROC_USER_INIT_INO, include/linux/proc_ns.h). */
const INITIAL_USER_NAMESPACE = 0xefff_fffd

/**
 * Whether this process is in the user namespace that the system started with; undefined where /proc does not tell. bpf(2)
 * looks at capabilities in that one only, unless it is given a token.
 */
export function isInInitialUserNamespace(path = '/proc/self/ns/user'): boolean | undefined {
  try {
    return statSync(path).ino === INITIAL_USER_NAMESPACE
  } catch {
    return undefined
  }
}
