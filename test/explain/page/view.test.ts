import { describe, expect, it } from 'vitest'
import { formatView, parseView, type View } from '../../../src/explain/page/view.ts'
import { HOSTILE } from './sample.ts'

describe('a view as an address', () => {
  const views: readonly (readonly [string, View])[] = [
    ['#program=handle_exec&insn=12', { chapter: 'relocations', program: 'handle_exec', insn: 12 }],
    [
      '#program=handle_exec&insn=12&pick=line',
      { chapter: 'relocations', program: 'handle_exec', insn: 12, pick: 'line' },
    ],
    ['#program=p&insn=0&pick=function', { chapter: 'relocations', program: 'p', insn: 0, pick: 'function' }],
    ['#chapter=core&access=3', { chapter: 'core', access: 3 }],
    ['#chapter=verifier&program=p&step=0', { chapter: 'verifier', program: 'p', step: 0 }],
    ['#chapter=maps&item=rb', { chapter: 'maps', item: 'rb' }],
    ['#chapter=relocations', { chapter: 'relocations' }],
  ]
  it.each(views)('%s is one, both ways', (address, view) => {
    expect(parseView(address)).toEqual(view)
    expect(formatView(view)).toBe(address)
  })

  it('keeps any name', () => {
    const view: View = { chapter: 'relocations', program: `${HOSTILE}&insn=9#%`, insn: 1 }
    expect(parseView(formatView(view))).toEqual(view)
  })

  it('begins with the first chapter', () => {
    expect(parseView('')).toEqual({ chapter: 'file' })
  })

  it('leaves out what is no view', () => {
    expect(parseView('#chapter=constructor&insn=-1&access=1e9&step=x&pick=bytes')).toEqual({
      chapter: 'file',
    })
  })
})
