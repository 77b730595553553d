import { describe, expect, it } from 'vitest'
import { flameGraph, foldedText } from '../../src/tool/flame_graph.ts'

const stacks = new Map([
  ['node;main;work', 30],
  ['node;main;vfs_read_[k]', 10],
  ['sh;main', 60],
])
const options = { title: 'A test', unit: 'samples' }

/** The boxes as drawn. */
function boxesOf(
  svg: string,
): readonly { name: string; left: number; top: number; width: number; fill: string }[] {
  const box = /<title>(.*?) \(.*?<rect x="(.*?)" y="(.*?)" width="(.*?)" .*?fill="(.*?)"/g
  return [...svg.matchAll(box)].map(([, name = '', left, top, width, fill = '']) => ({
    name,
    left: Number(left),
    top: Number(top),
    width: Number(width),
    fill,
  }))
}

describe('folded stacks as text', () => {
  it('are sorted lines with counts', () => {
    expect(foldedText(stacks)).toBe('node;main;vfs_read_[k] 10\nnode;main;work 30\nsh;main 60\n')
  })
})

describe('a flame graph', () => {
  it('has boxes as wide as their shares, each on its caller', () => {
    const boxes = boxesOf(flameGraph(stacks, options))
    expect(boxes.map(({ name }) => name)).toEqual([
      'all',
      'node',
      'main',
      'vfs_read_[k]',
      'work',
      'sh',
      'main',
    ])
    const [all, node, main, read, work, sh] = boxes
    expect(all).toMatchObject({ left: 10, width: 1179.5 })
    expect(node).toMatchObject({ left: 10, width: 471.5, top: all!.top - 18 })
    expect(main).toMatchObject({ left: 10, width: 471.5, top: node!.top - 18 })
    expect(read).toMatchObject({ left: 10, width: 117.5, top: main!.top - 18 })
    expect(work).toMatchObject({ left: 128, width: 353.5, top: read!.top })
    expect(sh).toMatchObject({ left: 482, width: 707.5, top: node!.top })
  })

  it('has no character that XML has not', () => {
    const svg = flameGraph(new Map([['a\ufffe\uffff;<&>', 1]]), options)
    expect(svg).toContain('<title>a\ufffd\ufffd (1 samples, 100.00%)</title>')
    expect(svg).not.toMatch(/[\ufffe\uffff]/)
    expect(svg).toContain('<title>&lt;&amp;&gt; (')
  })

  it('says what each box stands for', () => {
    const svg = flameGraph(stacks, options)
    expect(svg).toContain('>A test: 100 samples</text>')
    expect(svg).toContain('<title>work (30 samples, 30.00%)</title>')
    expect(svg).toContain('<title>node (40 samples, 40.00%)</title>')
  })

  it('gives a function one colour, the kernel another', () => {
    const boxes = boxesOf(flameGraph(stacks, options))
    const [one, other] = boxes.filter(({ name }) => name === 'main')
    expect(one?.fill).toBe(other?.fill)
    expect(boxes.find(({ name }) => name === 'vfs_read_[k]')?.fill).toMatch(/^hsl\(2[012]\d,/)
    expect(one?.fill).toMatch(/^hsl\([234]\d,/)
  })

  it('shortens what is too long for its box, and leaves out what could not be seen', () => {
    const narrow = new Map([
      ['a_name_that_is_long', 10],
      ['b', 90],
      ['invisible', 0.001],
    ])
    const svg = flameGraph(narrow, options)
    expect(svg).toContain('>a_name_that_i..</text>')
    expect(svg).not.toContain('invisible')
  })

  it('escapes names, and is the same for the same stacks', () => {
    const svg = flameGraph(new Map([['a<b>&c', 1]]), options)
    expect(svg).toContain('a&lt;b&gt;&amp;c')
    expect(svg).not.toContain('<b>')
    expect(flameGraph(new Map([...stacks].reverse()), options)).toBe(flameGraph(stacks, options))
  })

  it('is empty where nothing was counted', () => {
    expect(flameGraph(new Map(), options)).toContain('A test: 0 samples')
  })
})
