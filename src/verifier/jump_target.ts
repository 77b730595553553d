/** `if r1 == 0x0 goto pc+3`, `may_goto pc-7`: the distance is from the next instruction. */
const CONDITIONAL_JUMP = /^(?:if .* goto|may_goto) pc([+-]\d+)$/

/** Where a conditional jump goes if it is taken; undefined for any other instruction. */
export function jumpTarget(insn: number, text: string): number | undefined {
  if (!text.startsWith('if ') && !text.startsWith('may_goto ')) return undefined
  const distance = CONDITIONAL_JUMP.exec(text)?.[1]
  return distance === undefined ? undefined : insn + 1 + Number(distance)
}
