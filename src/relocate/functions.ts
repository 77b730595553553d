import { type InsnIndex, insnIndex, type SectionIndex } from '../base/units.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import type { FunctionSpec } from '../object/function_spec.ts'
import { OffsetIndex } from './offset_index.ts'

/** Finds the functions of an object by their places. */
export class FunctionTable {
  readonly #sections = new Map<SectionIndex, OffsetIndex<FunctionSpec>>()
  /** Functions that cannot be used, by section and start: whoever refers to them learns why. */
  readonly #unusable = new Map<string, FunctionSpec>()

  constructor(functions: readonly FunctionSpec[]) {
    const bySection = new Map<SectionIndex, FunctionSpec[]>()
    for (const fn of functions) {
      if (fn.problem !== undefined) {
        this.#unusable.set(placeName(fn.section, fn.start), fn)
        continue
      }
      const members = bySection.get(fn.section) ?? []
      bySection.set(fn.section, members)
      members.push(fn)
    }
    for (const [section, members] of bySection) {
      this.#sections.set(section, new OffsetIndex(members, ({ start }) => start))
    }
  }

  /**
   * The function whose first instruction is `insn`; of two names for one function the first in the symbol table.
   *
   * @param insn Any number: what a file says.
   */
  startingAt(section: SectionIndex, insn: number): FunctionSpec | undefined {
    const next = this.#sections.get(section)?.within(insn, insn + 1)[0]
    return next?.start === insn ? next : this.#unusable.get(placeName(section, insn))
  }

  /** The function that `insn` is part of. */
  containing(section: SectionIndex, insn: number): FunctionSpec | undefined {
    const before = this.#sections.get(section)?.within(0, insn + 1) ?? []
    return before.findLast(({ start, insns }) => insn < start + insns.length / INSN_SIZE)
  }
}

/** The index just behind a function's last instruction, from the start of its section. */
export function endOf({ start, insns }: FunctionSpec): InsnIndex {
  return insnIndex(start + insns.length / INSN_SIZE)
}

function placeName(section: SectionIndex, insn: number): string {
  return `${section}:${insn}`
}
