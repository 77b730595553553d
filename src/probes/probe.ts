/** A place that programs can be attached to, by the name of the section that says so: `fentry/do_unlinkat`. */
export interface Probe {
  readonly section: string
  /**
   * What programs get there; asked for a few of many.
   *
   * @throws BpfError where what describes it is broken, or may not be read
   */
  readonly describe: () => ProbeDescription
}

/** What a program gets where it is attached. */
export interface ProbeDescription {
  readonly arguments: readonly ProbeArgument[]
  /** C type of what the function returns; undefined for places that return nothing to anybody, `void` for functions that do so. */
  readonly returns?: string | undefined
}

/** An argument of a function, a field of a tracepoint, or a member of a struct. */
export interface ProbeArgument {
  /** '' where nobody gave it one. */
  readonly name: string
  /** As C writes it in a cast. */
  readonly type: string
  /** Both of them as C declares it: `char comm[16]`. */
  readonly declaration: string
  /** Bytes from the start of a tracepoint's record; undefined elsewhere. */
  readonly offset?: number | undefined
  /** Bytes, of a tracepoint's field. */
  readonly size?: number | undefined
  /** Where an argument of a USDT probe is, in the assembler's words. */
  readonly place?: string | undefined
}

/** Of places that say nothing of what programs get there. */
export const NOTHING_KNOWN: ProbeDescription = { arguments: [] }

export const describeNothing = (): ProbeDescription => NOTHING_KNOWN
