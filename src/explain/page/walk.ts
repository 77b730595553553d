import type { RegisterValue } from '../../verifier/log.ts'
import { readRegisterState } from '../../verifier/register_state.ts'
import type { WalkEntry } from '../explanation.ts'
import { KnownRegisters, registersAt } from '../known_registers.ts'

/** What is known before a step of the verifier's walk. */
export interface StepState {
  readonly registers: readonly RegisterValue[]
  /** The registers that are not as they were a step before; none where a path is taken up. */
  readonly changed: ReadonlySet<string>
}

export function stepState(walk: readonly WalkEntry[], step: number): StepState {
  const { registers } = readRegisterState(registersAt(walk, step))
  if (step === 0 || walk[step]?.event !== '') return { registers, changed: new Set() }
  const before = readRegisterState(registersAt(walk, step - 1))
  const known = new Map(before.registers.map(({ register, value }) => [register, value]))
  const changed = registers.filter(({ register, value }) => known.get(register) !== value)
  return { registers, changed: new Set(changed.map(({ register }) => register)) }
}

/** What each step of a walk changed: the kernel also writes what an instruction read. */
export function changesOf(walk: readonly WalkEntry[]): readonly (readonly RegisterValue[])[] {
  const known = new KnownRegisters()
  return walk.map(({ state, changes }) => {
    if (state !== '') known.replace(readRegisterState(state))
    const told = readRegisterState(changes)
    const changed = told.registers.filter(({ register, value }) => known.values.get(register) !== value)
    known.tell(told)
    return changed
  })
}
