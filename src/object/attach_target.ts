/**
 * What a program can be attached to, as data: what section names are read into, and what callers give to
 * `program.attach()`. One interface per family; src/links has one file for each.
 */
export type AttachTarget =
  | TracepointTarget
  /** The name does not say where: the program is run, or attached by a call that does. */
  | { readonly kind: 'none' }
  /** The name says where, but not so that this version could attach the program there. */
  | { readonly kind: 'unsupported'; readonly why: string }

/** The targets that a program can indeed be attached to. */
export type AttachableTarget = Exclude<AttachTarget, { readonly kind: 'none' | 'unsupported' }>

/** The target of each kind. */
export type AttachTargets = {
  readonly [Kind in AttachableTarget['kind']]: Extract<AttachableTarget, { readonly kind: Kind }>
}

/** A tracepoint of tracefs: `events/sched/sched_process_exec` is category `sched`, name `sched_process_exec`. */
export interface TracepointTarget {
  readonly kind: 'tracepoint'
  readonly category: string
  readonly name: string
}
