import type { BranchLine } from './log_line.ts'
import { jumpTarget } from './jump_target.ts'
import { readRegisterState } from './register_state.ts'

/** How many visits of an instruction are asked whether a path was put aside there, where the last does not look like it. */
const MAX_CANDIDATES = 16

/** The registers that an instruction names; `w1` is the lower half of `r1`. */
const NAMED = /\b[rw](\d+)\b/g

/** A line of the log on the path. */
export interface PathPlace {
  /** From 1. */
  readonly line: number
  readonly kind: 'visit' | 'branch' | 'call' | 'return'
  /** The instruction that is visited, that a branch goes on with, or the last one visited before. */
  readonly insn: number
}

interface Place extends PathPlace {
  readonly text: string
  /** The two instructions that a conditional jump may go on with; none for everything else. */
  readonly ways: readonly number[]
  /** Whether the path that was put aside here is the one that is followed now. */
  isUsed: boolean
  /** Registers that the log tells here. */
  readonly told: string[]
}

/** What a register holds from this depth of the path on. */
interface Told {
  readonly depth: number
  readonly value: string
}

/** Where a path was put aside. */
export interface Split {
  /** Of the visit. */
  readonly line: number
  readonly insn: number
}

interface NewPath {
  readonly line: number
  readonly to: number
  readonly state: string
}

interface FrameRegister {
  readonly register: string
  /** The register of this frame, and of no other. */
  readonly key: string
  readonly value: string
}

/**
 * Follows a log and knows at each moment the path that the verifier is on: the lines of the visits from the start on, and of
 * what else happened on the way.
 *
 * The verifier goes depth first (`push_stack` and `pop_stack` in kernel/bpf/verifier.c): where an instruction may go two ways
 * it puts one aside with the registers as they are, follows the other to its end, and takes up what it put aside last. The log
 * says `from 2 to 4` then, and since everything that was put aside later is done with, instruction 2 is the last visit of it
 * on the current path whose other way was not taken yet. In a loop there is one doubt: a visit at which the verifier knew
 * the way put nothing aside. Its registers differ from those that the log shows at `from 2 to 4`, so that these tell.
 *
 * Linux 5.10 does not say `from 2 to 4` at level 2: it goes on with the registers before instruction 4. Then it is the last
 * conditional jump that may go to 4 and did not. A log of level 1 has the current path alone, because the verifier takes
 * back what it wrote of the others.
 */
export class PathFinder {
  #path: Place[] = []
  /** By instruction, where on the path it was visited. */
  readonly #visits = new Map<number, number[]>()
  /** By instruction, where on the path a conditional jump was that may go there. */
  readonly #jumpsTo = new Map<number, number[]>()
  /** By frame and register, what the log tells of it along the path. */
  readonly #registers = new Map<string, Told[]>()
  #hasEnded = false
  #start: 'there' | 'missing' = 'missing'

  /** In order. */
  get path(): readonly PathPlace[] {
    return this.#path
  }

  /** Whether the path is there from its first instruction on. */
  get start(): 'there' | 'missing' {
    return this.#start
  }

  /** A function is verified on its own, from here on. */
  begin(): void {
    this.#cut(0)
    this.#hasEnded = false
    this.#start = 'there'
  }

  /** @param state What the line tells of registers. */
  visit(line: number, insn: number, text: string, state: string | undefined): void {
    // After its end, without a word of a branch, comes the next function, or the program itself.
    if (this.#hasEnded) this.begin()
    if (this.#path.length === 0 && insn === 0) this.#start = 'there'
    const depth = this.#path.length
    const ways = waysOf(insn, text)
    append(this.#visits, insn, depth)
    for (const way of ways) append(this.#jumpsTo, way, depth)
    this.#path.push({ line, kind: 'visit', insn, text, ways, isUsed: false, told: [] })
    if (state !== undefined) this.tell(state)
    this.#hasEnded = text === 'exit'
  }

  /** The program calls a function of its own. */
  call(line: number): void {
    this.#happen(line, 'call')
  }

  /** A function returned, so that its exit was not the path's end. */
  return(line: number): void {
    this.#hasEnded = false
    this.#happen(line, 'return')
  }

  /** The path ends. */
  end(): void {
    this.#hasEnded = true
  }

  /** @returns Where the path was put aside; undefined where that is not in the log. */
  branch(line: number, { from, to, state }: Pick<BranchLine, 'from' | 'to' | 'state'>): Split | undefined {
    return this.#goOnFrom(this.#splitAmong(this.#visits.get(from) ?? [], to, state), { line, to, state })
  }

  /** A state, with nothing said of where it comes from. */
  state(line: number, insn: number, state: string): Split | undefined {
    if (!this.#hasEnded || insn === 0) {
      this.tell(state)
      return undefined
    }
    return this.#goOnFrom(this.#splitAmong(this.#jumpsTo.get(insn) ?? [], insn, state), {
      line,
      to: insn,
      state,
    })
  }

  /** The log tells what registers hold at this point of the path. */
  tell(state: string): void {
    const place = this.#path.at(-1)
    if (place === undefined) return
    const depth = this.#path.length - 1
    for (const { key, value } of frameRegisters(state)) {
      const told = this.#registers.get(key)
      if (told === undefined) this.#registers.set(key, [{ depth, value }])
      else told.push({ depth, value })
      place.told.push(key)
    }
  }

  #happen(line: number, kind: 'call' | 'return'): void {
    this.#path.push({
      line,
      kind,
      insn: this.#path.at(-1)?.insn ?? 0,
      text: '',
      ways: [],
      isUsed: false,
      told: [],
    })
  }

  #goOnFrom(depth: number | undefined, { line, to, state }: NewPath): Split | undefined {
    const split = depth === undefined ? undefined : this.#path[depth]
    this.#cut(depth === undefined ? 0 : depth + 1)
    if (split === undefined) this.#start = 'missing'
    else split.isUsed = split.ways.length > 0
    this.#hasEnded = false
    this.#path.push({ line, kind: 'branch', insn: to, text: '', ways: [], isUsed: false, told: [] })
    this.tell(state)
    return split === undefined ? undefined : { line: split.line, insn: split.insn }
  }

  /** @param visits Depths of visits from which the path may go on with instruction `to`, in order. */
  #splitAmong(visits: readonly number[], to: number, state: string): number | undefined {
    let registers: readonly FrameRegister[] | undefined
    let best: { readonly depth: number; readonly differences: number } | undefined
    let candidates = 0
    for (let index = visits.length - 1; index >= 0 && candidates < MAX_CANDIDATES; index--) {
      const depth = visits[index] ?? 0
      const place = this.#path[depth]
      if (best !== undefined) candidates++
      if (place === undefined || place.isUsed) continue
      // What was put aside is the other way.
      if (place.ways.length > 0 && this.#path[depth + 1]?.insn === to) continue
      registers ??= frameRegisters(state)
      const differences = this.#differences(registers, depth, namedRegisters(place.text))
      if (differences === 0) return depth
      if (best === undefined || differences < best.differences) best = { depth, differences }
    }
    return best?.depth
  }

  /** How many registers are known to hold something else at this depth of the path. */
  #differences(registers: readonly FrameRegister[], depth: number, except: ReadonlySet<string>): number {
    const others = registers.filter(({ register, key, value }) => {
      if (except.has(register)) return false
      const known = lastUpTo(this.#registers.get(key) ?? [], depth)
      return known !== undefined && comparable(known) !== comparable(value)
    })
    return others.length
  }

  /** Forgets what comes after the first `depth` places. */
  #cut(depth: number): void {
    while (this.#path.length > depth) {
      const place = this.#path.pop()
      if (place?.kind === 'visit') this.#visits.get(place.insn)?.pop()
      for (const way of place?.ways ?? []) this.#jumpsTo.get(way)?.pop()
      for (const register of place?.told ?? []) this.#registers.get(register)?.pop()
    }
  }
}

function append(positions: Map<number, number[]>, insn: number, depth: number): void {
  const known = positions.get(insn)
  if (known === undefined) positions.set(insn, [depth])
  else known.push(depth)
}

/** A call of a helper that calls back, and an indirect jump, may have more ways than two; these are not known. */
function waysOf(insn: number, text: string): readonly number[] {
  const target = jumpTarget(insn, text)
  return target === undefined || target === insn + 1 ? [] : [insn + 1, target]
}

function frameRegisters(state: string): readonly FrameRegister[] {
  const { frame, registers } = readRegisterState(state)
  return registers.map(({ register, value }) => ({ register, key: `${frame} ${register}`, value }))
}

/** @param told In the order of depth. */
function lastUpTo(told: readonly Told[], depth: number): string | undefined {
  let [start, end] = [0, told.length]
  while (start < end) {
    const middle = (start + end) >> 1
    if ((told[middle]?.depth ?? 0) <= depth) start = middle + 1
    else end = middle
  }
  return told[start - 1]?.value
}

function namedRegisters(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(NAMED)].map(([, number]) => `R${number}`))
}

/** Ids are given anew, and precision comes later. */
function comparable(value: string): string {
  return value.replace(/^P/, '').replace(/\bid=\d+([+-]\d+)?,?/, '')
}
