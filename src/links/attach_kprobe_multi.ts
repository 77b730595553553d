import { bpf_attach_type } from '../abi/generated/bpf.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { createKprobeMultiLink, type KprobeSet } from '../kernel/kprobe_multi.ts'
import { traceableFunctions } from '../kernel/traceable_functions.ts'
import type {
  KprobeMultiTarget,
  KprobeSessionTarget,
  KretprobeMultiTarget,
} from '../object/kernel_probe_target.ts'
import { AttachError } from './attach_error.ts'
import { type AttachContext, attaching, type Hints } from './attaching.ts'
import type { Link } from './link.ts'

type MultiTarget = KprobeMultiTarget | KretprobeMultiTarget | KprobeSessionTarget

/** The kernel takes no more functions of one link (`MAX_KPROBE_MULTI_CNT` in kernel/trace/bpf_trace.c, Linux 6.18). */
const MAX_FUNCTIONS = 1 << 20

const SIDES = { 'kprobe.multi': 'entry', 'kretprobe.multi': 'return', 'kprobe.session': 'session' } as const

const NOT_FOUND =
  'one of the functions is not there, or cannot be traced: available_filter_functions of tracefs lists those that can'

const HINTS: Hints = {
  ESRCH: NOT_FOUND,
  ENOENT: NOT_FOUND,
  EINVAL: `${NOT_FOUND}; or the kernel is too old (kprobe.multi came with Linux 5.18, kprobe.session with 6.10)`,
  EOPNOTSUPP: 'the kernel is built without CONFIG_FPROBE',
}

/**
 * Attaches a program to many kernel functions by one link, through fprobe (Linux 5.18). Those of a pattern are looked up among
 * the functions that can be traced, as libbpf does.
 *
 * @throws AttachError 'ATTACH_NO_TARGET' where there are no functions, or too many; 'ATTACH_FAILED'
 */
export function attachKprobeMulti(context: AttachContext, target: MultiTarget): Link {
  const { kernel, program } = context
  const { kind, pattern, functions } = target
  return attaching(
    context,
    `${kind} ${pattern ?? `${functions.length} functions`}`,
    (keep) => {
      const set = pattern === undefined ? listed(functions) : matching(kernel, pattern)
      requireCount(context, pattern, set.by === 'name' ? set.names.length : set.addresses.length)
      const at = SIDES[kind]
      const attachType =
        at === 'session' ? bpf_attach_type.BPF_TRACE_KPROBE_SESSION : bpf_attach_type.BPF_TRACE_KPROBE_MULTI
      const link = keep(createKprobeMultiLink(kernel, { program: program.fd, attachType, at }, set))
      return { how: 'bpf-link', link }
    },
    HINTS,
  )
}

function listed(
  functions: readonly { readonly function: string; readonly cookie?: bigint | undefined }[],
): KprobeSet {
  return {
    by: 'name',
    names: functions.map((each) => each.function),
    cookies: functions.map(({ cookie = 0n }) => cookie),
  }
}

/** By their addresses where the kernel tells them: several functions may share a name. */
function matching(kernel: Kernel, pattern: string): KprobeSet {
  const found = traceableFunctions(kernel, pattern)
  const addresses = found.flatMap(({ address }) => (address === undefined ? [] : [address]))
  if (addresses.length === found.length) return { by: 'address', addresses }
  return { by: 'name', names: [...new Set(found.map(({ name }) => name))], cookies: [] }
}

function requireCount({ program }: AttachContext, pattern: string | undefined, count: number): void {
  if (count > 0 && count <= MAX_FUNCTIONS) return
  const which = pattern === undefined ? 'that are listed' : `that can be traced and match ${pattern}`
  throw new AttachError(
    'ATTACH_NO_TARGET',
    `cannot attach program ${program.name} to the ${count} functions ${which}: a link has 1 to ${MAX_FUNCTIONS}`,
    { program: program.name, section: program.section.name },
  )
}
