import { cString } from '../abi/object_name.ts'
import { openRawTracepoint } from '../kernel/bpf_calls.ts'
import { tracepointNames } from '../kernel/tracefs.ts'
import type { RawTracepointTarget } from '../object/attach_target.ts'
import { type AttachContext, attaching } from './attaching.ts'
import type { Link } from './link.ts'
import { nearMisses } from './near_misses.ts'

/**
 * Attaches a program to a raw tracepoint, by BPF_RAW_TRACEPOINT_OPEN (Linux 4.17).
 *
 * @throws AttachError 'ATTACH_FAILED'; its message has the closest names where there is no tracepoint of that name and tracefs
 *   can be read
 */
export function attachRawTracepoint(context: AttachContext, { name, cookie }: RawTracepointTarget): Link {
  const { kernel, program } = context
  return attaching(
    context,
    `raw tracepoint ${name}`,
    (keep) => {
      const link = keep(openRawTracepoint(kernel, { name: cString(name), prog_fd: program.fd, cookie }))
      return { how: 'bpf-link', link }
    },
    {
      ENOENT: () => nearMisses('tracepoint', name, () => tracepointNames(kernel)),
      EEXIST:
        'it is attached there already, and kernels before 6.10 attach a program to a raw tracepoint once',
      E2BIG: 'cookies of raw tracepoints came with Linux 6.10',
      EINVAL: 'a writable program may not write further than the tracepoint lets it',
    },
  )
}
