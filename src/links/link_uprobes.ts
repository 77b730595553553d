import { LINK_CREATE_UPROBE_MULTI } from '../abi/bpf_attr.ts'
import { bpf_attach_type, bpf_uprobe_multi_flags } from '../abi/generated/bpf.ts'
import { cString } from '../abi/object_name.ts'
import { u64Array } from '../abi/u64_array.ts'
import { createLink } from '../kernel/bpf_calls.ts'
import { openProbeEvent } from '../kernel/probe_events.ts'
import { hasUprobeMulti } from '../kernel/probes/uprobe_multi.ts'
import { attachToEvent } from './attach_to_event.ts'
import type { AttachContext, Attached, Keep } from './attaching.ts'

/** Probes of one file. */
export interface UprobeSet {
  readonly path: string
  readonly pid: number | undefined
  /** A session is both of these. */
  readonly at: 'entry' | 'return' | 'session'
  readonly probes: readonly UprobeOfSet[]
}

export interface UprobeOfSet {
  /** Bytes from the start of the file. */
  readonly offset: number
  /** Bytes from the start of the file; 0 for none. */
  readonly referenceCounter: number
  readonly cookie: bigint
}

/**
 * Whether a program is loaded for links to many places although its section does not say so: one of a `usdt` section is, where
 * the kernel has such links, and can be attached by nothing else then. Asks what the load asked.
 *
 * @throws BpfError where the kernel could not be asked
 */
export function isLoadedForMany({ kernel, program }: Pick<AttachContext, 'kernel' | 'program'>): boolean {
  if (program.section.definition.attachedTo !== 'usdt') return false
  const outcome = hasUprobeMulti(kernel)
  if (outcome.kind === 'could not be asked') throw outcome.why
  return outcome.kind === 'there'
}

/** Attaches a program to all probes by one link: BPF_TRACE_UPROBE_MULTI (Linux 6.6), BPF_TRACE_UPROBE_SESSION (6.13). */
export function linkUprobes(
  { kernel, program }: Pick<AttachContext, 'kernel' | 'program'>,
  { path, pid, at, probes }: UprobeSet,
  keep: Keep,
): Attached {
  const { BPF_TRACE_UPROBE_MULTI, BPF_TRACE_UPROBE_SESSION } = bpf_attach_type
  const link = createLink(kernel, LINK_CREATE_UPROBE_MULTI, {
    prog_fd: program.fd,
    attach_type: at === 'session' ? BPF_TRACE_UPROBE_SESSION : BPF_TRACE_UPROBE_MULTI,
    'uprobe_multi.path': cString(path),
    'uprobe_multi.offsets': u64Array(
      'offsets',
      probes.map(({ offset }) => offset),
    ),
    'uprobe_multi.ref_ctr_offsets': unlessAllZero(
      'ref_ctr_offsets',
      probes.map(({ referenceCounter }) => referenceCounter),
    ),
    'uprobe_multi.cookies': unlessAllZero(
      'cookies',
      probes.map(({ cookie }) => cookie),
    ),
    'uprobe_multi.cnt': probes.length,
    'uprobe_multi.flags': at === 'return' ? bpf_uprobe_multi_flags.BPF_F_UPROBE_MULTI_RETURN : 0,
    'uprobe_multi.pid': pid,
  })
  return { how: 'bpf-link', link: keep(link) }
}

/** Attaches a program to each probe by an event and a link of its own, for kernels without links to many. */
export function attachUprobesOneByOne(
  context: Pick<AttachContext, 'kernel' | 'program'>,
  { path, pid, at, probes }: UprobeSet & { readonly at: 'entry' | 'return' },
  keep: Keep,
): Attached {
  const attached = probes.map(({ offset, referenceCounter, cookie }) => {
    const probe = { kind: 'uprobe', place: path, offset, at, referenceCounter, pid } as const
    return attachToEvent(context, keep(openProbeEvent(context.kernel, probe)), keep, cookie)
  })
  const [first] = attached
  if (attached.length === 1 && first !== undefined) return first
  return { how: first?.how === 'perf-ioctl' ? 'perf-ioctl' : 'bpf-links' }
}

/** No pointer says that all of them are 0. */
function unlessAllZero(name: string, values: readonly (number | bigint)[]): Uint8Array | undefined {
  return values.every((value) => Number(value) === 0) ? undefined : u64Array(name, values)
}
