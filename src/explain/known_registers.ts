import type { RegisterState } from '../verifier/log.ts'

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

  /** An instruction was gone through. */
  pass(text: string): void {
    if (!text.startsWith('call ')) return
    const known = this.#frames.get(this.#frame)
    for (const register of SCRATCHED) known?.delete(register)
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
