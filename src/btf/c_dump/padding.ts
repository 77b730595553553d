import { POINTER_SIZE } from '../layout.ts'
import type { WalkLimits } from './walk_limits.ts'

interface Filler {
  readonly word: string
  readonly bits: number
}

/** What fills gaps, the narrowest first; the widths are those of a 64-bit machine. */
const FILLERS: readonly Filler[] = [
  { word: 'char', bits: 8 },
  { word: 'short', bits: 16 },
  { word: 'int', bits: 32 },
  { word: 'long', bits: POINTER_SIZE * 8 },
]

const NARROWEST: Filler = { word: 'char', bits: 8 }

/** A place in a struct where nothing is. Bits. */
export interface Gap {
  readonly start: number
  readonly end: number
  /** Bytes: of what stands behind it. */
  readonly alignment: number
  /** Bitfields that follow each other leave no gap of their own. */
  readonly between: 'bitfields' | 'members'
}

/**
 * The unnamed bitfields that fill a gap, each in a line that `lineStart` begins, as `btf_dump_emit_bit_padding` of
 * tools/lib/bpf/btf_dump.c (Linux 6.18) has them. A compiler aligns each member by itself, and the gap that this leaves needs
 * no filler. Where there is more, `long: 0` moves on to the next multiple of 64 bits, and `long: 64` takes the 64 bits behind
 * it. Unnamed bitfields leave the alignment of the struct itself as it is.
 */
export function padding(gap: Gap, lineStart: string, limits: WalkLimits): string {
  const { start, end, between } = gap
  const filler = FILLERS.findLast(({ bits }) => roundUp(start, bits) <= end) ?? NARROWEST
  const line = (word: string, bits: number): string => `${lineStart}${word}: ${bits};`
  const aligned = roundUp(start, filler.bits)
  let text = ''
  let at = start
  if (aligned > start && aligned <= end) {
    if (between === 'bitfields') text += line(filler.word, aligned - start)
    else if (isMarkNeeded(gap, aligned)) text += line(filler.word, 0)
    at = aligned
  }
  const whole = line(filler.word, filler.bits)
  const count = Math.floor((end - at) / filler.bits)
  limits.size(whole, count)
  text += whole.repeat(count)
  const rest = end - at - count * filler.bits
  if (rest === 0) return text
  const smallest = FILLERS.find(({ bits }) => bits >= rest) ?? NARROWEST
  return text + line(smallest.word, rest)
}

/**
 * Whether a compiler would not come to `aligned` by itself: what stands there has less alignment, or what fills the rest
 * would fit before it.
 */
function isMarkNeeded({ start, end, alignment }: Gap, aligned: number): boolean {
  if (aligned === end) return roundUp(start, alignment * 8) !== aligned
  return end - aligned <= aligned - start
}

function roundUp(bits: number, multiple: number): number {
  return Math.ceil(bits / multiple) * multiple
}
