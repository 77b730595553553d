import type { Fd } from '../base/units.ts'

/**
 * What an iterator goes through: one program of section `iter/KIND` is called for each of the kernel's objects of that kind, and
 * what it writes with bpf_seq_printf() or bpf_seq_write() is read with `link.openIterator()`.
 *
 * `iter/bpf_map_elem` and `iter/bpf_sk_storage_map` need a map, `iter/cgroup` (Linux 6.1) an order, and `iter/task`, `iter/task_file`
 * and `iter/task_vma` can be told a task (6.1); without they go through all.
 */
export interface IteratorTarget {
  readonly kind: 'iter'
  /** The map whose elements are gone through. */
  readonly map?: { readonly fd: Fd } | undefined
  readonly task?: IteratedTask | undefined
  readonly cgroup?: IteratedCgroups | undefined
}

/** A process with all its threads, by its id or a descriptor of it, or one thread. */
export type IteratedTask =
  { readonly pid: number } | { readonly tid: number } | { /** From pidfd_open(2). */ readonly pidfd: Fd }

export interface IteratedCgroups {
  readonly order: 'self_only' | 'descendants_pre' | 'descendants_post' | 'ancestors_up'
  /** A descriptor of the directory where it starts. Default: the root of the cgroup v2 hierarchy. */
  readonly fd?: Fd | undefined
}
