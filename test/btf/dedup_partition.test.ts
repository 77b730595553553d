import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Graph, refine } from '../../src/btf/dedup_partition.ts'

function graphOf(edges: readonly (readonly number[])[]): Graph {
  const starts = [0]
  for (const own of edges) starts.push((starts.at(-1) ?? 0) + own.length)
  return { starts: Uint32Array.from(starts), targets: Uint32Array.from(edges.flat()) }
}

/** The classes by their definition: divided until nothing can be told apart, each round looking at all edges. */
function refineNaively(edges: readonly (readonly number[])[], initial: readonly number[]): readonly number[] {
  let classes = initial
  for (;;) {
    const numbers = new Map<string, number>()
    const next = edges.map((own, node) => {
      const key = [classes[node], ...own.map((target) => classes[target])].join()
      const number = numbers.get(key) ?? numbers.size
      numbers.set(key, number)
      return number
    })
    if (new Set(next).size === new Set(classes).size) return next
    classes = next
  }
}

/** The nodes of each class, which do not depend on how classes are numbered. */
function groups(classes: Iterable<number>): readonly string[] {
  const byClass = new Map<number, number[]>()
  ;[...classes].forEach((number, node) => {
    byClass.set(number, [...(byClass.get(number) ?? []), node])
  })
  return [...byClass.values()].map((nodes) => nodes.join()).sort()
}

describe('refine', () => {
  it('finds equal circles equal, and tells one apart that leads elsewhere', () => {
    // 0 and 1 point to themselves; 2 points to 3, which is of another class.
    const classes = refine(graphOf([[0], [1], [3], []]), Uint32Array.of(0, 0, 0, 1))
    expect(groups(classes)).toEqual(['0,1', '2', '3'])
  })

  it('looks at which edge leads where', () => {
    const classes = refine(graphOf([[2, 3], [3, 2], [], []]), Uint32Array.of(0, 0, 1, 2))
    expect(groups(classes)).toEqual(['0', '1', '2', '3'])
  })

  it('carries a difference through a long chain', () => {
    const length = 2000
    // Two chains, of which the ends differ.
    const edges = Array.from({ length }, (_, node) =>
      node % (length / 2) === length / 2 - 1 ? [] : [node + 1],
    )
    const initial = edges.map((own, node) => (own.length > 0 ? 0 : node < length / 2 ? 1 : 2))
    expect(groups(refine(graphOf(edges), Uint32Array.from(initial)))).toHaveLength(length)
  })

  it('agrees with the definition on any graph', () => {
    const node = fc
      .nat({ max: 3 })
      .chain((kind) => fc.tuple(fc.constant(kind), fc.array(fc.nat(), { minLength: kind, maxLength: kind })))
    fc.assert(
      fc.property(fc.array(node, { minLength: 1, maxLength: 24 }), (nodes) => {
        // The number of edges tells the classes apart at first, as refine wants it.
        const kinds = [...new Set(nodes.map(([kind]) => kind))]
        const initial = nodes.map(([kind]) => kinds.indexOf(kind))
        const edges = nodes.map(([, targets]) => targets.map((target) => target % nodes.length))
        expect(groups(refine(graphOf(edges), Uint32Array.from(initial)))).toEqual(
          groups(refineNaively(edges, initial)),
        )
      }),
      { numRuns: 500 },
    )
  })
})
