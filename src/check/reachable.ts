import { insnIndex } from '../base/units.ts'
import { type Insn, isCall, isLdimm64, isSubprogramAddress, isSubprogramCall, slotsOf } from '../insn/insn.ts'
import type { InsnView } from '../insn/insn_view.ts'
import {
  BPF_EXIT,
  BPF_JA,
  BPF_JEQ,
  BPF_JMP,
  BPF_JMP32,
  BPF_JNE,
  BPF_K,
  BPF_X,
  classOf,
  opOf,
  sourceOf,
} from '../insn/opcodes.ts'
import { isTaken } from './constant.ts'
import { type FrozenBytes, type Known, KnownValues } from './known_values.ts'
import { forgetScratch, step } from './step.ts'

/** What the verifier knows of a program besides its instructions. */
export interface ProgramFacts {
  /** Of an `ldimm64` that loads an address in a frozen map: what is there. */
  readonly frozenAt: (insn: number) => FrozenBytes | undefined
  /** Where an indirect jump may go to. */
  readonly jumpTargets: readonly number[]
}

/**
 * Which instructions can be reached, as far as it follows from numbers that the program has in it: 1 for those that can. A branch
 * whose outcome is known is followed one way, as the verifier follows it, which never looks at the rest and takes it out
 * (`is_branch_taken` and `opt_remove_dead_code` in kernel/bpf/verifier.c, Linux 6.18). The verifier knows more, such as ranges
 * of numbers: what this calls reachable, it may find not to be.
 */
export function reachable(insns: InsnView, facts: ProgramFacts): Uint8Array {
  return new Walk(insns, facts).run()
}

class Walk {
  readonly #insns: InsnView
  readonly #facts: ProgramFacts
  readonly #before: (KnownValues | undefined)[]
  readonly #pending: number[] = []

  constructor(insns: InsnView, facts: ProgramFacts) {
    this.#insns = insns
    this.#facts = facts
    this.#before = new Array<KnownValues | undefined>(insns.length)
    this.#reach(0, KnownValues.none())
  }

  run(): Uint8Array {
    for (let index = this.#pending.pop(); index !== undefined; index = this.#pending.pop()) {
      const known = this.#before[index]?.copy()
      if (known !== undefined && index < this.#insns.length)
        this.#follow(index, this.#insns.get(insnIndex(index)), known)
    }
    return Uint8Array.from(this.#before, (known) => (known === undefined ? 0 : 1))
  }

  #follow(index: number, insn: Insn, known: KnownValues): void {
    const next = index + slotsOf(insn)
    if (isLdimm64(insn)) this.#loadImmediate(index, insn, known)
    else if (isCall(insn)) this.#call(index, insn, known)
    else if (classOf(insn.code) === BPF_JMP || classOf(insn.code) === BPF_JMP32) {
      this.#jump(index, insn, known)
      return
    } else step(known, insn)
    this.#reach(next, known)
  }

  #loadImmediate(index: number, insn: Insn, known: KnownValues): void {
    if (isSubprogramAddress(insn)) this.#reach(index + 1 + insn.imm, KnownValues.none())
    const high = index + 1 < this.#insns.length ? this.#insns.imm(insnIndex(index + 1)) : 0
    const plain = (BigInt(high >>> 0) << 32n) | BigInt(insn.imm >>> 0)
    const frozen = this.#facts.frozenAt(index)
    known.setRegister(insn.dst, frozen ?? (insn.src === 0 ? plain : 'an address'))
  }

  #call(index: number, insn: Insn, known: KnownValues): void {
    if (isSubprogramCall(insn)) this.#reach(index + 1 + insn.imm, KnownValues.none())
    forgetScratch(known)
    known.forgetStack()
  }

  #jump(index: number, insn: Insn, known: KnownValues): void {
    const operation = opOf(insn.code)
    if (operation === BPF_EXIT) return
    if (operation === BPF_JA) {
      for (const target of this.#alwaysTo(index, insn)) this.#reach(target, known)
      return
    }
    const taken = this.#outcome(insn, known)
    if (taken !== true) this.#reach(index + 1, known)
    if (taken !== false) this.#reach(index + 1 + insn.off, known)
  }

  #alwaysTo(index: number, insn: Insn): readonly number[] {
    if (sourceOf(insn.code) === BPF_X) return this.#facts.jumpTargets
    return [index + 1 + (classOf(insn.code) === BPF_JMP32 ? insn.imm : insn.off)]
  }

  #outcome(insn: Insn, known: KnownValues): boolean | undefined {
    const left = known.register(insn.dst)
    const right: Known = sourceOf(insn.code) === BPF_K ? BigInt(insn.imm) : known.register(insn.src)
    const operation = opOf(insn.code)
    const width = classOf(insn.code) === BPF_JMP ? 64 : 32
    if (typeof left === 'bigint' && typeof right === 'bigint') return isTaken(operation, left, right, width)
    const isAddress = typeof left === 'object' || left === 'an address'
    if (!isAddress || right !== 0n || width === 32) return undefined
    if (operation === BPF_JEQ) return false
    return operation === BPF_JNE ? true : undefined
  }

  #reach(index: number, known: KnownValues): void {
    if (index < 0 || index >= this.#insns.length) return
    const before = this.#before[index]
    if (before === undefined) this.#before[index] = known.copy()
    else if (!before.join(known)) return
    this.#pending.push(index)
  }
}
