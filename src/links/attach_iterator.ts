import { encodeAttr } from '../abi/encode_attr.ts'
import { bpf_attach_type, bpf_cgroup_iter_order } from '../abi/generated/bpf.ts'
import { ITERATED_CGROUP, ITERATED_MAP, ITERATED_TASK } from '../abi/iterator_info.ts'
import { LINK_CREATE_ITER } from '../abi/tracing_attr.ts'
import { createLink } from '../kernel/bpf_calls.ts'
import type { IteratedCgroups, IteratedTask, IteratorTarget } from '../object/iterator_target.ts'
import { type AttachContext, attaching, type Hints } from './attaching.ts'
import type { Link } from './link.ts'

const ORDERS: Readonly<Record<IteratedCgroups['order'], number>> = {
  self_only: bpf_cgroup_iter_order.BPF_CGROUP_ITER_SELF_ONLY,
  descendants_pre: bpf_cgroup_iter_order.BPF_CGROUP_ITER_DESCENDANTS_PRE,
  descendants_post: bpf_cgroup_iter_order.BPF_CGROUP_ITER_DESCENDANTS_POST,
  ancestors_up: bpf_cgroup_iter_order.BPF_CGROUP_ITER_ANCESTORS_UP,
}

const HINTS: Hints = {
  EBADF: "an iterator of a map's elements is to be told the map: attach({ kind: 'iter', map })",
  EINVAL:
    "the map may be of a kind without such an iterator, an iterator of cgroups needs an order (attach({ kind: 'iter', cgroup: " +
    "{ order: 'descendants_pre' } })), and tasks can be named since Linux 6.1",
  EACCES: 'the program reads or writes more of an element than the map has',
  ESRCH: 'there is no such task',
}

/**
 * Attaches a program to the iterator that it was verified for (BPF_LINK_CREATE with BPF_TRACE_ITER, Linux 5.8). Nothing runs
 * yet: the link's `openIterator()` does, each time anew.
 *
 * @throws AttachError 'ATTACH_FAILED'
 */
export function attachIterator(context: AttachContext, target: IteratorTarget): Link {
  const { kernel, program } = context
  const info = parameters(target)
  return attaching(
    context,
    `iterator ${program.section.suffix ?? ''}`,
    (keep) => {
      const parts = info === undefined ? {} : { iter_info: info, iter_info_len: info.length }
      const attach_type = bpf_attach_type.BPF_TRACE_ITER
      const link = createLink(kernel, LINK_CREATE_ITER, { prog_fd: program.fd, attach_type, ...parts })
      return { how: 'bpf-link', link: keep(link) }
    },
    HINTS,
  )
}

/** Kernels that know fewer parameters take the longer union where the rest of it is zero. */
function parameters({ map, task, cgroup }: IteratorTarget): Uint8Array | undefined {
  if (map !== undefined) return encodeAttr(ITERATED_MAP, { map_fd: map.fd }).bytes
  if (task !== undefined) return encodeAttr(ITERATED_TASK, taskValues(task)).bytes
  if (cgroup === undefined) return undefined
  return encodeAttr(ITERATED_CGROUP, { order: ORDERS[cgroup.order], cgroup_fd: cgroup.fd ?? 0 }).bytes
}

function taskValues(task: IteratedTask): { tid?: number; pid?: number; pid_fd?: number } {
  if ('tid' in task) return { tid: task.tid }
  return 'pid' in task ? { pid: task.pid } : { pid_fd: task.pidfd }
}
