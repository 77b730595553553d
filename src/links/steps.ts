/** What attaching reports while it works. */
export interface LinkStep {
  readonly kind: 'link-made'
  readonly program: string
  /** e.g. `tracepoint sched/sched_process_exec`. */
  readonly target: string
  /** A BPF link, one for each of several places, or one of the ways that have none. */
  readonly how:
    'bpf-link' | 'bpf-links' | 'perf-ioctl' | 'map-update' | 'prog-attach' | 'netlink' | 'socket-option'
}
