import { codeOffset } from '../executable/code_offset.ts'
import { matchFunctions } from '../executable/match_functions.ts'
import { openExecutable } from '../kernel/executable_file.ts'
import { hasUprobeMulti } from '../kernel/probes/uprobe_multi.ts'
import type {
  UprobeMultiTarget,
  UprobeSessionTarget,
  UretprobeMultiTarget,
  UserPlace,
} from '../object/user_probe_target.ts'
import { AttachError } from './attach_error.ts'
import { type AttachContext, attaching } from './attaching.ts'
import type { Link } from './link.ts'
import { attachUprobesOneByOne, linkUprobes, type UprobeSet } from './link_uprobes.ts'
import { functionOffset, inProcess, locatePlace, requireProcessId } from './user_place.ts'
import { userProbeHints } from './user_probe_hints.ts'

type MultiTarget = UprobeMultiTarget | UretprobeMultiTarget | UprobeSessionTarget

/** The kernel takes no more probes of one link (`MAX_UPROBE_MULTI_CNT` in kernel/trace/bpf_trace.c, Linux 6.18). */
const MAX_PLACES = 1 << 20

const SIDES = { 'uprobe.multi': 'entry', 'uretprobe.multi': 'return', 'uprobe.session': 'session' } as const

/**
 * Attaches a program to many places of one program or library: by one link, or where the kernel has no such links (before 6.6)
 * to each place by itself. Sessions are there since 6.13, and nothing stands in for them.
 *
 * @throws AttachError 'ATTACH_FAILED', with causes as `attachUprobe`; 'ATTACH_NO_TARGET' where there are no places
 */
export function attachUprobeMulti(context: AttachContext, target: MultiTarget): Link {
  const { path: executable, pid, kind, places, pattern } = target
  const what = pattern ?? `${places.length} places`
  return attaching(
    context,
    `${kind} ${what} of ${inProcess(executable, pid)}`,
    (keep) => {
      requireProcessId(pid)
      const { path, probes } =
        pattern === undefined ? listed(executable, places) : matching(executable, pattern)
      requireCount(context, executable, probes.length)
      const set = { path, pid, probes }
      const at = SIDES[kind]
      if (at === 'session' || hasUprobeMulti(context.kernel).kind !== 'not there') {
        return linkUprobes(context, { ...set, at }, keep)
      }
      return attachUprobesOneByOne(context, { ...set, at }, keep)
    },
    userProbeHints(pid),
  )
}

type Probes = Pick<UprobeSet, 'path' | 'probes'>

/** The file is looked into once, however many functions of it are named. */
function listed(executable: string, places: readonly UserPlace[]): Probes {
  const [first = {}] = places
  const named = places.find((place) => place.function !== undefined)
  const file = named && openExecutable(executable)
  const path = file?.path ?? locatePlace(executable, first).path
  const probes = places.map((place) => ({
    offset:
      file === undefined || place.function === undefined
        ? locatePlace(executable, place).offset
        : functionOffset(file, place.function, place.offset),
    referenceCounter: place.referenceCounter ?? 0,
    cookie: place.cookie ?? 0n,
  }))
  return { path, probes }
}

function matching(executable: string, pattern: string): Probes {
  const { path, image, debugImage, start } = openExecutable(executable)
  const probes = matchFunctions(image, pattern, debugImage).map(({ name, address }) => ({
    offset: start + codeOffset(image, address, `function ${name}`),
    referenceCounter: 0,
    cookie: 0n,
  }))
  return { path, probes }
}

function requireCount({ program }: AttachContext, executable: string, count: number): void {
  if (count > 0 && count <= MAX_PLACES) return
  throw new AttachError(
    'ATTACH_NO_TARGET',
    `cannot attach program ${program.name} to ${count} places of ${executable}: a link has 1 to ${MAX_PLACES}`,
    { program: program.name },
  )
}
