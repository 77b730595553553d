import { BPF_ADD, BPF_DW } from '../../src/insn/opcodes.ts'
import { atomic, exit, loadImm64, movImm, type WideInsn } from '../../src/insn/assemble.ts'
import type { Insn } from '../../src/insn/insn.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadedObject } from '../../src/loader/loaded_object.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { type MapDescription, writeObject } from '../object/object_writer.ts'

export interface CountingProgram {
  readonly name?: string
  readonly section: string
  /** What the program returns. */
  readonly returns: number
  /** What it does before it counts. */
  readonly first?: readonly (Insn | WideInsn)[]
}

/** An object whose programs count how often they run: `runs(object)`, of the program called `x` `runs(object, 'x')`. */
export function loadCounting(
  programs: readonly CountingProgram[],
  maps: readonly MapDescription[] = [],
): LoadedObject {
  const described = programs.map(({ name = 'main', section, returns, first = [] }) => ({
    name,
    section,
    insns: [
      ...first,
      loadImm64(1, 0n),
      movImm(2, 1),
      atomic(BPF_DW, 1, 0, BPF_ADD, 2),
      movImm(0, returns),
      exit(),
    ],
    relocations: [{ insn: first.flatMap((each) => each).length, symbol: `${name}_runs` }],
  }))
  const counters = programs.map(({ name = 'main' }) => ({ name: `${name}_runs`, type: 'u64' }))
  const description = { programs: described, maps, data: { '.bss': counters } }
  return loadObject(parseObject(writeObject(description), 'counting.bpf.o'))
}

export function runs(object: LoadedObject, program = 'main'): number {
  return Number(object.globals[`${program}_runs`])
}
