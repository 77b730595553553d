import type { RegisterState } from '../verifier/log.ts'
import { readRegisterState } from '../verifier/register_state.ts'
import type { WalkEntry } from './explanation.ts'

/** What a call of a helper or a kernel function leaves of r1 to r5: nothing that may be read. */
const SCRATCHED: readonly string[] = ['R1', 'R2', 'R3', 'R4', 'R5']

/**
 * The registers along a walk. Linux 6.1 and later write only those that an instruction changed, and all of them where a path is
 * taken up; what is known before an instruction is the sum of that.
 */
export class KnownRegisters {
  readonly #frames = new Map<number, Map<string, string>>()
  #frame = 0

  /** Some registers are told. */
  tell({ frame, registers }: RegisterState): void {
    this.#frame = frame
    const known = this.#frames.get(frame) ?? new Map<string, string>()
    this.#frames.set(frame, known)
    for (const { register, value } of registers) known.set(register, value)
  }

  /** All registers of a frame are told, and those that are not are not known. */
  replace(state: RegisterState): void {
    this.#frames.delete(state.frame)
    this.tell(state)
  }

  /** An instruction was gone through. Says whether registers were forgotten by it. */
  pass(text: string): 'forgotten' | 'kept' {
    if (!text.startsWith('call ')) return 'kept'
    const known = this.#frames.get(this.#frame)
    for (const register of SCRATCHED) known?.delete(register)
    return 'forgotten'
  }

  /** Of the frame that the walk is in, registers first, then the stack. */
  get values(): ReadonlyMap<string, string> {
    return this.#frames.get(this.#frame) ?? new Map<string, string>()
  }

  get text(): string {
    return [...this.values]
      .sort(([left], [right]) => order(left) - order(right))
      .map(([register, value]) => `${register}=${value}`)
      .join(' ')
  }
}

/** `R0` to `R10`, then `fp-8` and further down, then whatever else. */
function order(register: string): number {
  const [, number] = /^R(\d+)$/.exec(register) ?? []
  if (number !== undefined) return Number(number)
  const [, depth] = /^fp-(\d+)$/.exec(register) ?? []
  return depth === undefined ? Infinity : 100 + Number(depth)
}

/** The registers before an entry of a walk, as `WalkEntry.state` has them; '' where the log does not tell any. */
export function registersAt(walk: readonly WalkEntry[], index: number): string {
  let start = index
  while (start > 0 && walk[start]?.state === '') start--
  const registers = new KnownRegisters()
  registers.tell(readRegisterState(walk[start]?.state ?? ''))
  for (const { changes } of walk.slice(start, index)) registers.tell(readRegisterState(changes))
  return registers.text
}
