import type { FailingPath, PathStep } from './failing_path.ts'
import type { RegisterState } from './log.ts'

/** A register, or a slot of the stack, that the verifier stumbled over. */
export interface RegisterThatMatters {
  /** `R1`, or `fp-8` for the eight bytes of stack from r10 - 8 on. */
  readonly register: string
  /** Who names it; the reason where both do. */
  readonly namedBy: 'reason' | 'instruction'
  /**
   * What it holds at the failing instruction, as far as the log tells: in the verifier's words. Undefined where it holds
   * nothing that may be read, or the log does not tell.
   */
  readonly value: string | undefined
  /** Where it got it; undefined where the path has no such place: it was never written, or is the program's argument. */
  readonly written: WrittenAt | undefined
}

export interface WrittenAt {
  readonly insn: number
  /** The instruction, in the kernel's notation. */
  readonly text: string
  /** Its index among the path's steps. */
  readonly step: number
  /**
   * `assigned`: the instruction writes it. `lost`: it is one of R1 to R5, which no call keeps. `passed`: the function that was
   * called here with a callback gives it to that.
   */
  readonly how: 'assigned' | 'lost' | 'passed'
}

/**
 * The registers that the failing instruction and the verifier's reason name, those of the reason first, with what they hold
 * and where on the path they got it.
 */
export function registersThatMatter(path: FailingPath): readonly RegisterThatMatters[] {
  const last = path.steps.findLastIndex(({ entry }) => entry.kind === 'visit')
  const failing = path.steps[last]?.entry
  if (failing?.kind !== 'visit') return []
  const inReason = namedInReason(path.reason.join('\n'))
  const inInsn = namedInInsn(failing.text).filter((register) => !inReason.includes(register))
  const frames = framesOf(path.steps)
  const look = (namedBy: RegisterThatMatters['namedBy']) => (register: string) => {
    const [value, written] = lookBack({ steps: path.steps, frames, last, register })
    return { register, namedBy, value, written }
  }
  return [...inReason.map(look('reason')), ...inInsn.map(look('instruction'))]
}

function namedInReason(reason: string): readonly string[] {
  const registers = [...reason.matchAll(/\bR(\d+)\b/g)].map(([, number]) => `R${number}`)
  // The verifier counts arguments from 0, and their registers from 1.
  const args = [...reason.matchAll(/\barg#(\d)\b/g)].map(([, number]) => `R${Number(number) + 1}`)
  const slots = [...reason.matchAll(/\bstack\b.*?\boff[ =](-\d+)/g)].map(([, offset]) =>
    slotAt(Number(offset)),
  )
  return [...new Set([...registers, ...args, ...slots])]
}

/** `w1` is the lower half of `r1`. */
function namedInInsn(text: string): readonly string[] {
  if (text === 'exit') return ['R0']
  return [...new Set([...text.matchAll(/\b[rw](\d+)\b/g)].map(([, number]) => `R${number}`))]
}

/** Slots are named by their lowest byte, and there is one for every eight bytes below r10. */
function slotAt(offset: number): string {
  return `fp${Math.floor(offset / 8) * 8}`
}

/** The frame of each step. A call that the verifier follows, and a callback, has one of its own. */
function framesOf(steps: readonly PathStep[]): readonly number[] {
  let frame = 0
  return steps.map(({ entry }) => {
    if (entry.kind === 'branch') frame = entry.state.frame
    else if (entry.kind === 'frame' && ENTERS.has(entry.of)) frame = entry.state.frame
    return frame
  })
}

/** After these the path is in the frame whose state they show. */
const ENTERS: ReadonlySet<string> = new Set(['callee', 'caller returned to'])

interface Search {
  readonly steps: readonly PathStep[]
  readonly frames: readonly number[]
  /** The failing visit's index. */
  readonly last: number
  readonly register: string
}

/** A step that may tell of the register, and the frame that it is in there. */
interface Trace {
  readonly entry: PathStep['entry']
  readonly step: number
  readonly frame: number
  /** Whether it is the call by which the register was passed. */
  readonly passes: boolean
}

/** Goes back from the failing visit, past functions that have returned, and to the caller with what it passed. */
function* traceBack({ steps, frames, last, register }: Search): Generator<Trace, void, undefined> {
  let frame = frames[last] ?? 0
  let passes = false
  for (let step = last; step >= 0; step--) {
    const entry = steps[step]?.entry
    if (entry === undefined || (frames[step] ?? 0) > frame) continue
    yield { entry, step, frame, passes }
    passes = false
    const outside = frames[step - 1] ?? 0
    if (entry.kind === 'visit' || outside >= frame) continue
    if (entry.kind === 'branch' || !ARGUMENTS.has(register)) return
    frame = outside
    passes = true
  }
}

function lookBack(search: Search): readonly [value: string | undefined, written: WrittenAt | undefined] {
  const { steps, frames, last, register } = search
  let known: Known
  for (const trace of traceBack(search)) {
    const { entry, step, frame } = trace
    known ??= valueAt(register, trace, last)
    const how = step < last ? effectOf(trace, register) : undefined
    if (entry.kind === 'visit' && how !== undefined) {
      return [known?.value, { insn: entry.insn, text: entry.text, step, how }]
    }
    if (entry.kind === 'branch' && (frames[step - 1] ?? 0) < frame) {
      return [known?.value, passedBy(steps, step)]
    }
  }
  return [known?.value, undefined]
}

/** What a step tells of the register; undefined where it does not tell. */
type Known = { readonly value: string | undefined } | undefined

function valueAt(register: string, trace: Trace, last: number): Known {
  const { entry, step, frame } = trace
  if (entry.kind === 'visit') {
    const after = step < last ? valueIn(register, frame, entry.after) : undefined
    const isWritten = step < last && effectOf(trace, register) !== undefined
    return after ?? (isWritten ? { value: undefined } : valueIn(register, frame, entry.before))
  }
  // These show all registers that may be read.
  return entry.state.frame === frame
    ? (valueIn(register, frame, entry.state) ?? { value: undefined })
    : undefined
}

function valueIn(register: string, frame: number, state: RegisterState | undefined): Known {
  return state?.frame === frame ? state.registers.find((found) => found.register === register) : undefined
}

/** The registers that functions get their arguments in, and that none keeps. */
const ARGUMENTS: ReadonlySet<string> = new Set(['R1', 'R2', 'R3', 'R4', 'R5'])

function passedBy(steps: readonly PathStep[], branch: number): WrittenAt | undefined {
  const step = steps.findLastIndex(({ entry }, index) => index < branch && entry.kind === 'visit')
  const entry = steps[step]?.entry
  return entry?.kind === 'visit' ? { insn: entry.insn, text: entry.text, step, how: 'passed' } : undefined
}

const ASSIGNED = /^[rw](\d+) \S*=/
const STORED = /^(?:lock )?\*\(\w+ \*\)\(r10 ([+-]\d+)\)/

function effectOf({ entry, passes }: Trace, register: string): WrittenAt['how'] | undefined {
  if (entry.kind !== 'visit' || passes) return undefined
  const { text } = entry
  if (text.startsWith('call ')) {
    if (register === 'R0') return 'assigned'
    return ARGUMENTS.has(register) ? 'lost' : undefined
  }
  const assigned = ASSIGNED.exec(text)?.[1]
  if (assigned !== undefined && register === `R${assigned}`) return 'assigned'
  const stored = STORED.exec(text)?.[1]
  return stored !== undefined && register === slotAt(Number(stored)) ? 'assigned' : undefined
}
