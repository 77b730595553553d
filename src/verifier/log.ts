import type {
  FrameLine,
  FunctionLine,
  LogStatistics,
  NoteLine,
  PrecisionLine,
  PrunedLine,
  SourceLineOfLog,
  TextLine,
} from './log_line.ts'

/** What a register or a slot of the stack holds, as the verifier knows it. */
export interface RegisterValue {
  /** `R1`; `fp-8`, the eight bytes of stack from r10 - 8 on; `refs`, the ids of what is to be released. */
  readonly register: string
  /** In the verifier's words: `scalar(umax=255,var_off=(0x0; 0xff))`, `ctx()`, `map_value_or_null(id=1,...)`, `mmmm????`. */
  readonly value: string
}

/** The registers of one frame, at one moment. */
export interface RegisterState {
  /** 0 is the program's own frame, 1 that of a function that it called, and so on. */
  readonly frame: number
  /** As the log has it, without the frame. */
  readonly text: string
  readonly registers: readonly RegisterValue[]
}

/** Where in the log an entry is. */
export interface LogPlace {
  /** The number of the entry's line in the log, from 1. Entries are in the order of it. */
  readonly line: number
}

/** The verifier looks at an instruction. */
export interface Visit extends LogPlace {
  readonly kind: 'visit'
  readonly insn: number
  /** The instruction's first byte. */
  readonly opcode: number
  /** The instruction, in the kernel's notation. */
  readonly text: string
  /**
   * The registers before it, where the log has them: all of them in Linux 5.10 at level 2, in later kernels those that the
   * instruction before it changed, and only where they are not `after` of that.
   */
  readonly before: RegisterState | undefined
  /** The registers that it changed, and some that it read; undefined in Linux 5.10, which does not write it. */
  readonly after: RegisterState | undefined
}

/** The verifier takes up a path that it put aside. */
export interface Branch extends LogPlace {
  readonly kind: 'branch'
  /** The instruction at which it was put aside. */
  readonly from: number
  /** The instruction that it goes on with. */
  readonly to: number
  /** Whether the path is one that only a mispredicting processor takes; programs of unprivileged users are checked for them. */
  readonly execution: 'normal' | 'speculative'
  /** All registers. */
  readonly state: RegisterState
  /** Line of the visit of `from` that it goes on from; undefined where the log does not have it. */
  readonly splitAt: number | undefined
}

/**
 * The registers of a frame, where the program calls a function of its own or one returns: first `caller` and `callee`, where
 * the verifier follows a call; `returning callee` and `caller returned to`, where it follows a return. Or those of a loop that
 * never ends: the registers now, and how they were when it was here before.
 */
export interface Frame extends LogPlace {
  readonly kind: 'frame'
  readonly of: FrameLine['of']
  /** Where a return goes to. */
  readonly insn: number | undefined
  readonly state: RegisterState
}

/** Registers that belong to no visit that the log has. */
export interface State extends LogPlace {
  readonly kind: 'state'
  readonly insn: number
  readonly state: RegisterState
}

export type LogEntry =
  | Visit
  | Branch
  | Frame
  | State
  | (PrunedLine & LogPlace)
  | (SourceLineOfLog & LogPlace)
  | (PrecisionLine & LogPlace)
  | (FunctionLine & LogPlace)
  | (NoteLine & LogPlace)
  | (TextLine & LogPlace)

/** An entry on the path. */
export interface PathEntry {
  /** Index into `entries`. */
  readonly entry: number
  /** The instruction that the path goes on with; undefined at its end. */
  readonly next: number | undefined
}

/** A verifier's log as values that JSON can have. */
export interface VerifierLog {
  /** In the log's order. */
  readonly entries: readonly LogEntry[]
  /** The verifier's words on why it refuses the program, line by line; empty where it does not. */
  readonly reason: readonly string[]
  /** What the verifier counted, as far as the kernel tells; undefined where the log's end is missing. */
  readonly statistics: Partial<LogStatistics> | undefined
  /**
   * The path that the verifier was on when the log ended: the instructions from the start of the program, or of a function
   * that is verified on its own, through all branches. Of a program that was refused for what it does it is the path that
   * failed.
   */
  readonly path: readonly PathEntry[]
  /** Whether the log has the path's first instruction. */
  readonly pathStart: 'there' | 'missing'
  /** What `entries` has not, because of ParseOptions.visitsPerInsn. */
  readonly dropped: {
    readonly visits: number
    /** Lines that belong to dropped visits. */
    readonly lines: number
    /** How many of these visits are on the path. */
    readonly visitsOnPath: number
  }
}
