import { describe, expect, it } from 'vitest'
import type { ElfImage } from '../../src/elf/image.ts'
import { listUserProbes, readUserPattern } from '../../src/probes/list_user_probes.ts'
import { ProbePattern } from '../../src/probes/pattern.ts'
import { probeLines } from '../../src/probes/probe_text.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { fixtureImage } from '../executable/fixture.ts'
import { usdtImage } from '../executable/usdt_file.ts'

function linesOf(text: string, image: ElfImage, debug?: ElfImage): readonly string[] {
  const pattern = readUserPattern(new ProbePattern(text))
  if (pattern === undefined) throw new Error(`${text} is no pattern for places in user space`)
  const probes = listUserProbes(pattern, { path: pattern.executable, image, debugImage: () => debug })
  return probes.flatMap(({ section, describe: ask }) => probeLines({ section, description: ask() }))
}

describe('readUserPattern', () => {
  it.each([
    ['uprobe//bin/sh:main', 'functions', '/bin/sh', 'main'],
    ['uretprobe.multi/sh:*', 'functions', 'sh', '*'],
    ['uprobe/sh', 'functions', 'sh', '*'],
    ['uprobe/sh:a::b', 'functions', 'sh', 'a::b'],
    ['usdt.s/sh:p:n*', 'usdt', 'sh', 'p:n*'],
    ['usdt/sh:p', 'usdt', 'sh', 'p:*'],
    ['usdt/sh', 'usdt', 'sh', '*:*'],
    ['uprobe:/bin/sh:main', 'functions', '/bin/sh', 'main'],
  ])('takes %s apart', (text, places, executable, glob) => {
    expect(readUserPattern(new ProbePattern(text))).toMatchObject({ places, executable, glob })
  })

  it.each([['fentry/main'], ['*'], ['main'], ['u*/sh:main']])('leaves %s to others', (text) => {
    expect(readUserPattern(new ProbePattern(text))).toBeUndefined()
  })

  it.each([['uprobe/*:main'], ['usdt/'], ['uprobe/:main'], ['uprobe//bin/?h:main']])(
    'does not look for %s in all files',
    (text) => {
      const error = bpfErrorOf('PROBES_NO_EXECUTABLE', () => readUserPattern(new ProbePattern(text)))
      expect(error.message).toContain(text)
    },
  )
})

describe('listUserProbes', () => {
  it('lists functions, each by all of its names', () => {
    expect(linesOf('uprobe/app:fixture_*', fixtureImage('probes.x64'))).toEqual(
      expect.arrayContaining([
        'uprobe/app:fixture_add',
        'uprobe/app:fixture_sum',
        'uprobe/app:fixture_hidden',
      ]),
    )
    expect(linesOf('uretprobe/app:nothing', fixtureImage('probes.x64'))).toEqual([])
  })

  it('lists what is left of a stripped file, and what its debugging information has', () => {
    const stripped = fixtureImage('libprobes-stripped.x64.so')
    const hidden = 'uprobe/lib:fixture_hidden'
    expect(linesOf('uprobe/lib', stripped)).not.toContain(hidden)
    expect(linesOf('uprobe/lib', stripped, fixtureImage('libprobes-stripped.x64.so.debug'))).toContain(hidden)
  })

  it('lists USDT probes once, with all places of their arguments', () => {
    const image = usdtImage([
      { name: 'hit', arguments: '-4@%edi 8@-96(%rbp,%rax,8)' },
      { name: 'hit', arguments: '-4@$7   8@(%rsi)' },
      { name: 'other', arguments: '3@%eax' },
      { provider: 'lib', name: 'none' },
    ])
    expect(linesOf('usdt/app:app', image)).toEqual([
      'usdt/app:app:hit',
      '    s32 arg0 @ %edi or $7',
      '    u64 arg1 @ -96(%rbp,%rax,8) or (%rsi)',
      'usdt/app:app:other',
      '    unknown arg0 @ %eax',
    ])
    expect(linesOf('usdt/app:*:no?e', image)).toEqual(['usdt/app:lib:none'])
  })

  it('is not slowed down by a note that is full of spaces', () => {
    const image = usdtImage([{ arguments: `4@%edi${' '.repeat(200_000)}x` }])
    expect(linesOf('usdt/app', image)).toHaveLength(2)
  })
})
