import type { Hints } from './attaching.ts'

/** What the kernel's answers mean where a probe in user space is asked for (kernel/events/uprobes.c, Linux 6.18). */
export function userProbeHints(pid: number | undefined): Hints {
  return {
    ...(pid === undefined ? {} : { ESRCH: `there is no process ${pid} any more` }),
    EINVAL:
      'a probe has to be on the first byte of an instruction in the file, and a reference counter at an even offset of it',
    ENOTSUPP: 'the kernel does not put probes on that instruction',
    EIO: 'the kernel cannot read the code: the file system has to have pages of its files in memory',
  }
}
