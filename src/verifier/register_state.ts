import type { RegisterState, RegisterValue } from './log.ts'

/** `frame1:` in front of all frames but the program's own. */
const FRAME = /^ *frame(\d+): */

/** `R1_w=`; what is behind the underscore says how the path used the register so far (`print_liveness`, in Linux 6.12 and before). */
const REGISTER = /(?:^| )(R\d+|fp-\d+|refs)(?:_[a-zA-Z]+)?=/g

/** What may follow the last register: the frame is that of a callback. */
const CALLBACK = /(?: cb)?(?: async_cb)?$/

/** Reads the registers of a line (`print_verifier_state`). */
export function readRegisterState(state: string): RegisterState {
  const [start = '', frame] = FRAME.exec(state) ?? []
  const text = state.slice(start.length).trim()
  return { frame: frame === undefined ? 0 : Number(frame), text, registers: readRegisters(text) }
}

function readRegisters(text: string): readonly RegisterValue[] {
  const registers: RegisterValue[] = []
  let open: { readonly register: string; readonly start: number } | undefined
  const close = (end: number): void => {
    if (open === undefined) return
    registers.push({ register: open.register, value: text.slice(open.start, end).trimEnd() })
  }
  for (const match of text.matchAll(REGISTER)) {
    close(match.index)
    open = { register: match[1] ?? '', start: match.index + match[0].length }
  }
  close(text.length - (CALLBACK.exec(text)?.[0].length ?? 0))
  return registers
}
