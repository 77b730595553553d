import { BpfError } from '../../src/base/errors.ts'
import { parseElf } from '../../src/elf/parse.ts'
import { linkObjects } from '../../src/static_linker/link_objects.ts'
import type { FuzzOutcome } from './fuzz.ts'
import type { Seed } from './mutate.ts'
import type { Random } from './random.ts'

/**
 * What becomes of a damaged object that is linked: alone, or with a good one before or behind it. What comes out has to be
 * ELF that can be parsed, whatever went in.
 */
export function linkOutcomeOf(bytes: Uint8Array, seeds: readonly Seed[], random: Random): FuzzOutcome {
  const damaged = { name: 'damaged.bpf.o', bytes }
  const good = { name: 'good.bpf.o', bytes: random.pick(seeds).bytes }
  // Most pairs define a symbol twice, so that an object alone is what gets furthest.
  const sources = random.pick([[damaged], [damaged], [damaged, good], [good, damaged]])
  try {
    const linked = linkObjects(sources)
    try {
      parseElf(linked, 'linked.bpf.o')
    } catch (error) {
      return { kind: 'bad', why: `the result is no ELF: ${String(error)}` }
    }
    return { kind: 'relocated' }
  } catch (error) {
    if (error instanceof BpfError) return { kind: 'refused', code: error.code }
    return { kind: 'bad', why: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
