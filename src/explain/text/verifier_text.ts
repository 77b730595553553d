import type { VerifierChapter } from '../explanation.ts'
import { wrap } from './layout.ts'

export function verifierText({ programs }: VerifierChapter): readonly string[] {
  return programs.flatMap(({ program, verdict }) => wrap(`program ${program}: ${verdict}`))
}
