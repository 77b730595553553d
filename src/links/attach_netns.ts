import { LINK_CREATE } from '../abi/bpf_attr.ts'
import { bpf_attach_type } from '../abi/generated/bpf.ts'
import { O_RDONLY } from '../abi/syscall_flags.ts'
import { createLink } from '../kernel/bpf_calls.ts'
import { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { NetworkNamespaceTarget } from '../object/network_targets.ts'
import { type AttachContext, attaching } from './attaching.ts'
import type { Link } from './link.ts'
import { explaining, type Refusals } from './refusals.ts'

/** The calling thread's own. */
const OWN_NAMESPACE = '/proc/thread-self/ns/net'

/** Answers of `netns_bpf_link_create` in kernel/bpf/net_namespace.c, Linux 6.18. */
const REFUSALS: Refusals = {
  EEXIST: {
    code: 'ATTACH_OCCUPIED',
    why: 'the namespace, or for a flow dissector the first one of the system, has a program of this kind; detach it first',
  },
  E2BIG: {
    code: 'ATTACH_OCCUPIED',
    why: 'the namespace has as many programs of this kind as it takes; detach one first',
  },
  EBADF: { code: 'ATTACH_FAILED', why: 'what was given is no open descriptor' },
}

/**
 * Attaches a program to a network namespace, by a bpf_link: one for socket lookups (Linux 5.9) or a flow dissector (5.7).
 *
 * @throws AttachError 'ATTACH_OCCUPIED', 'ATTACH_FAILED'
 */
export function attachNetworkNamespace(context: AttachContext, target: NetworkNamespaceTarget): Link {
  const { kernel, program } = context
  const given = 'fd' in target ? target.fd : undefined
  const path = 'path' in target ? (target.path ?? OWN_NAMESPACE) : OWN_NAMESPACE
  const place = `network namespace ${given === undefined ? path : `of descriptor ${given}`}`
  return attaching(context, place, (keep) => {
    using opened =
      given === undefined ? new FileDescriptor(kernel, kernel.open(path, O_RDONLY), place) : undefined
    const link = explaining(context, place, REFUSALS, () =>
      createLink(kernel, LINK_CREATE, {
        prog_fd: program.fd,
        target_fd: opened?.fd ?? given,
        attach_type: bpf_attach_type[program.section.definition.attachType ?? 'BPF_SK_LOOKUP'],
      }),
    )
    return { how: 'bpf-link', link: keep(link) }
  })
}
