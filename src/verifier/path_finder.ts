import type { BranchLine } from './log_line.ts'
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
 * A log of level 1 has the current path alone, because the verifier takes back what it wrote of the others.
 */
export class PathFinder {
  #path: Place[] = []
  /** By instruction, where on the path it was visited. */
  readonly #visits = new Map<number, number[]>()
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
    const visits = this.#visits.get(insn)
    if (visits === undefined) this.#visits.set(insn, [this.#path.length])
    else visits.push(this.#path.length)
    this.#path.push({ line, kind: 'visit', insn, text, isUsed: false, told: [] })
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

  /** @returns The line of the visit that the path goes on from; undefined where it is not in the log. */
  branch(line: number, { from, to, state }: BranchLine): number | undefined {
    const depth = this.#splitOf(from, state)
    const split = depth === undefined ? undefined : this.#path[depth]
    this.#cut(depth === undefined ? 0 : depth + 1)
    if (split === undefined) this.#start = 'missing'
    else split.isUsed = isChoice(split.text)
    this.#hasEnded = false
    this.#path.push({ line, kind: 'branch', insn: to, text: '', isUsed: false, told: [] })
    this.tell(state)
    return split?.line
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
    this.#path.push({ line, kind, insn: this.#path.at(-1)?.insn ?? 0, text: '', isUsed: false, told: [] })
  }

  #splitOf(from: number, state: string): number | undefined {
    const visits = this.#visits.get(from) ?? []
    let registers: readonly FrameRegister[] | undefined
    let best: { readonly depth: number; readonly differences: number } | undefined
    let candidates = 0
    for (let index = visits.length - 1; index >= 0 && candidates < MAX_CANDIDATES; index--) {
      const depth = visits[index] ?? 0
      const place = this.#path[depth]
      if (best !== undefined) candidates++
      if (place === undefined || place.isUsed) continue
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
      for (const register of place?.told ?? []) this.#registers.get(register)?.pop()
    }
  }
}

/** Whether an instruction has two ways; a call of a helper that calls back, or an indirect jump, may have more. */
function isChoice(text: string): boolean {
  return text.startsWith('if ') || text.startsWith('may_goto ')
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
