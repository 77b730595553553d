import { describe, expect, it } from 'vitest'
import { smallKernel } from '../relocate/small_kernel.ts'
import { fuzz, inputSeed, outcomeOf, readSeeds } from './fuzz.ts'
import { mutate } from './mutate.ts'
import { Random } from './random.ts'

/** Only what is in the repository, so that the same inputs are tried everywhere. */
const seeds = readSeeds().filter(({ name }) => !name.includes('.cache'))
const target = smallKernel()

describe('a damaged object', () => {
  it('is relocated or refused with a BpfError, whatever the damage', () => {
    const seed = 1
    const { bad, relocated, errors } = fuzz({ seeds, target, runs: 4000, seed, timeLimit: Infinity })
    expect(bad, `repeat it with: npm run fuzz -- 1 ${seed} INDEX`).toEqual([])
    // The damage is neither so small that nothing is refused, nor so large that only the ELF header is looked at.
    expect(relocated).toBeGreaterThan(100)
    expect(errors.size).toBeGreaterThan(10)
  })

  it('is linked, alone and with others, or refused with a BpfError', () => {
    const seed = 2
    const options = { seeds, target, runs: 3000, seed, timeLimit: Infinity, stage: 'link' } as const
    const { bad, relocated, errors } = fuzz(options)
    expect(bad, `repeat it with: npm run fuzz -- --link 1 ${seed} INDEX`).toEqual([])
    expect(relocated).toBeGreaterThan(100)
    expect(errors.size).toBeGreaterThan(10)
  })

  it('is the same damage each time for one seed, and other damage for another', () => {
    const make = (seed: number): string => Buffer.from(mutate(seeds, new Random(seed))).toString('hex')
    expect(make(inputSeed(3, 8))).toBe(make(inputSeed(3, 8)))
    expect(make(inputSeed(3, 8))).not.toBe(make(inputSeed(4, 8)))
  })

  it('is made from objects that are good before', () => {
    expect(seeds.length).toBeGreaterThan(0)
    for (const { name, bytes } of seeds) expect(outcomeOf(bytes, target), name).toEqual({ kind: 'relocated' })
  })
})
