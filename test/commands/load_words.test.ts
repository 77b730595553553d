import { describe, expect, it } from 'vitest'
import { parseLoadWords } from '../../src/commands/load_words.ts'

const none = { pinMaps: undefined, pinned: 'programs', kernelBtf: undefined }

describe('the words behind prog load', () => {
  it.each([
    [[], none],
    [['pinmaps', '/m'], { ...none, pinMaps: '/m' }],
    [['autoattach'], { ...none, pinned: 'links' }],
    [['kernel_btf', 'f'], { ...none, kernelBtf: 'f' }],
    [['autoattach', 'pinmaps', 'autoattach'], { ...none, pinMaps: 'autoattach', pinned: 'links' }],
  ])('%j are understood in any order', (args, words) => {
    expect(parseLoadWords(args)).toEqual({ kind: 'parsed', words })
  })

  it.each([
    [['pinmap', '/m'], "unknown word 'pinmap'"],
    [['pinmaps'], 'pinmaps needs a path'],
    [['autoattach', 'kernel_btf'], 'kernel_btf needs a path'],
    [[''], "unknown word ''"],
  ])('%j are refused', (args, why) => {
    const result = parseLoadWords(args)
    expect(result.kind === 'wrong' ? result.why : '').toContain(why)
  })
})
