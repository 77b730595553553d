import { describe, expect, it } from 'vitest'
import { hasNote, jumpTarget, lineKey, listingOf, spacedBytes } from '../../../src/explain/page/listing.ts'
import { sample } from './sample.ts'

const { programs } = sample.chapters.relocations
const listing = listingOf(programs[0]!)

describe('a listing', () => {
  it('has functions and C lines between the instructions, in their order', () => {
    expect(listing.rows.map(({ kind, insn }) => `${kind} ${insn}`).slice(0, 5)).toEqual([
      'function 0',
      'source 0',
      'insn 0',
      'source 1',
      'insn 1',
    ])
    expect(listing.rows.filter(({ kind }) => kind === 'function')).toMatchObject([
      { name: 'handle_exec' },
      { name: 'helper' },
    ])
  })

  it('knows all instructions of a C line, wherever they are', () => {
    const source = listing.sourceOf.get(1)!
    expect(listing.insnsOf.get(lineKey(source))).toEqual([1, 5, 6])
  })

  it('gives a function that has no lines none of the function before it', () => {
    const [program] = programs
    const bare = listingOf({
      ...program!,
      insns: program!.insns.map((one) => (one.insn === 9 ? { ...one, source: undefined } : one)),
    })
    expect(bare.sourceOf.has(8)).toBe(true)
    expect(bare.sourceOf.has(9)).toBe(false)
  })

  it('tells which instructions relocation has to do with', () => {
    expect(listing.relocated.map(({ insn }) => insn)).toEqual([1, 3, 6])
    expect(listing.relocated.every(hasNote)).toBe(true)
  })

  it.each([
    ['if w1 == 0x0 goto +5', 8],
    ['goto -3', 0],
    ['gotol +1', 4],
    ['may_goto +2', 5],
    ['gotox r1', undefined],
    ['call pc+8', 11],
    ['call bpf_map_lookup_elem#1', undefined],
  ])('%s at 2 goes to %s', (text, target) => {
    const insn = { ...listing.insns.get(2)!, after: { bytes: '', text } }
    expect(jumpTarget(insn)).toBe(target)
  })
})

describe('the bytes of an instruction', () => {
  it('stand by field', () => {
    expect(spacedBytes('b701000030050000')).toBe('b7 01 0000 30050000')
    expect(spacedBytes('18010000000000000000000000000000')).toBe('18 01 0000 00000000 00 00 0000 00000000')
  })
})
