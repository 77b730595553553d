import type { CoreAccess } from '../../explanation.ts'
import type { Tone } from './text.tsx'

export const outcomeTones: Readonly<Record<CoreAccess['outcome'], Tone>> = {
  patched: 'changed',
  unchanged: 'good',
  poisoned: 'bad',
}

/** `88 in the object, 2304 in the target`: what the object says, and what was found. */
export function valueChange({ expected, value }: CoreAccess): string {
  const local = expected === undefined ? '' : `${expected} in the object, `
  return `${local}${value === undefined ? 'nothing to read in the target' : `${value} in the target`}`
}

/** `16 → 1328`. */
export function valueArrow({ expected, value }: CoreAccess): string {
  const target = value ?? 'nothing'
  return expected === undefined ? target : `${expected} → ${target}`
}

/** Bytes, and bits where the place is inside of a byte. */
export function offsetText(bitOffset: number): string {
  const [bytes, bits] = [Math.floor(bitOffset / 8), bitOffset % 8]
  return bits === 0 ? String(bytes) : `${bytes}:${bits}`
}
