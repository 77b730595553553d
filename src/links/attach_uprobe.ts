import type { UprobeTarget, UretprobeTarget } from '../object/user_probe_target.ts'
import { type AttachContext, attaching } from './attaching.ts'
import type { Link } from './link.ts'
import { attachUprobesOneByOne, isLoadedForMany, linkUprobes } from './link_uprobes.ts'
import { describePlace, locatePlace, requireProcessId } from './user_place.ts'
import { userProbeHints } from './user_probe_hints.ts'

/**
 * Attaches a program to an instruction of a program or library, or to returns from the function that begins there. The file's
 * symbol tables say where a function is, perf_event_open(2) makes an event of it, and the program is linked to that.
 *
 * @throws AttachError 'ATTACH_FAILED'; `cause` is a KernelError where the file is not there, an ElfError where it is none of
 *   the kind, an ExecutableError where it has no such function, a PermissionError where a right is missing, or what else the
 *   kernel answered.
 */
export function attachUprobe(context: AttachContext, target: UprobeTarget | UretprobeTarget): Link {
  const { path: executable, pid, kind, cookie = 0n, referenceCounter = 0 } = target
  return attaching(
    context,
    `${kind} ${describePlace(executable, target, pid)}`,
    (keep) => {
      requireProcessId(pid)
      const { path, offset } = locatePlace(executable, target)
      const at = kind === 'uprobe' ? 'entry' : 'return'
      const set = { path, pid, at, probes: [{ offset, referenceCounter, cookie }] } as const
      const attach = isLoadedForMany(context) ? linkUprobes : attachUprobesOneByOne
      return attach(context, set, keep)
    },
    userProbeHints(pid),
  )
}
