import { readKallsyms } from '../kernel/kallsyms.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { openProbeEvent } from '../kernel/probe_events.ts'
import { syscallFunction } from '../kernel/probes/syscall_wrapper.ts'
import type {
  KprobeTarget,
  KretprobeTarget,
  KretsyscallTarget,
  KsyscallTarget,
} from '../object/kernel_probe_target.ts'
import { attachToEvent } from './attach_to_event.ts'
import { type AttachContext, attaching, type Hints } from './attaching.ts'
import type { Link } from './link.ts'
import { nearMisses } from './near_misses.ts'

/**
 * Attaches a program to an instruction of a kernel function, or to its return: perf_event_open(2) makes an event of the probe
 * (Linux 4.17), and the program is linked to that. The older way, a probe that is written into tracefs, is for kernels below
 * our floor.
 *
 * @throws AttachError 'ATTACH_FAILED'; `cause` is a KernelError where the kernel has no kprobes, a PermissionError where a
 *   right is missing, or what else the kernel answered. Where there is no such function, the message has the closest names.
 */
export function attachKprobe(context: AttachContext, target: KprobeTarget | KretprobeTarget): Link {
  const offset = target.kind === 'kprobe' ? (target.offset ?? 0) : 0
  return attach(context, { kind: target.kind, place: target.function, offset, cookie: target.cookie })
}

/**
 * Attaches a program to a system call, or to its return. On x86-64 and arm64 the function has the architecture's name in its
 * own, and gets its arguments in a structure (CONFIG_ARCH_HAS_SYSCALL_WRAPPER, Linux 4.17); programs read them by BPF_KSYSCALL() of
 * <bpf/bpf_tracing.h>.
 *
 * @throws as `attachKprobe`
 */
export function attachKsyscall(context: AttachContext, target: KsyscallTarget | KretsyscallTarget): Link {
  const place = syscallFunction(context.kernel, target.name)
  const kind = target.kind === 'ksyscall' ? 'kprobe' : 'kretprobe'
  return attach(context, { kind, place, offset: 0, cookie: target.cookie })
}

interface KernelPlace {
  readonly kind: 'kprobe' | 'kretprobe'
  readonly place: string
  readonly offset: number
  readonly cookie: bigint | undefined
}

function attach(context: AttachContext, { kind, place, offset, cookie }: KernelPlace): Link {
  const { kernel } = context
  return attaching(
    context,
    `${kind} ${place}${offset === 0 ? '' : `+0x${offset.toString(16)}`}`,
    (keep) => {
      const at = kind === 'kprobe' ? 'entry' : 'return'
      const event = keep(openProbeEvent(kernel, { kind: 'kprobe', place, offset, at }))
      return attachToEvent(context, event, keep, cookie)
    },
    hintsFor(kernel, place),
  )
}

/** What errnos mean, as `create_local_trace_kprobe` and `register_kprobe` of Linux 6.18 give them. */
function hintsFor(kernel: Kernel, place: string): Hints {
  return {
    ENOENT: () => nearMisses('function', place, () => functionsLike(kernel, place)),
    EINVAL:
      'no probe may be put there: the function is on the list that kprobes/blacklist of debugfs shows, or the offset is ' +
      'beyond its end',
    EILSEQ: 'no instruction starts at that offset',
    EADDRNOTAVAIL: 'the kernel has several functions of that name',
  }
}

/** Functions whose names begin with the same letters; comparing all of the kernel's would take seconds. */
function functionsLike(kernel: Kernel, name: string): readonly string[] {
  const line = new RegExp(`^\\S+ [tTwW] (${name.slice(0, SAME_LETTERS).replaceAll(/\W/g, '\\$&')}\\S*)`, 'gm')
  return [...readKallsyms(kernel).matchAll(line)].map(([, known = '']) => known)
}

const SAME_LETTERS = 3
