/**
 * Partition refinement: given nodes in classes, and edges that are numbered at each node, finds the coarsest division of
 * the classes in which nodes of one class have, edge for edge, targets of one class. Types are such nodes, what they refer
 * to are the edges, and the classes that come out are the types that are equal (see dedup.ts).
 *
 * It is Hopcroft's algorithm for minimising automata. A class is taken as a splitter: all nodes whose k-th edge leads into
 * it are marked, and a class with marked and unmarked nodes falls apart into the two. Whenever a class falls apart, only
 * the smaller part needs to be a splitter later on: what the whole class had to say was said when it was a splitter, or
 * will be by the part that is left, and the whole and one part tell of the other. So a node is in a splitter at most as
 * many times as its class can be halved, and the work is that of the edges times a logarithm. It does not depend on how the
 * types refer to each other, which is what a hostile file would choose.
 */
export interface Graph {
  /** By node. The edges of node n are `targets[starts[n]]` to, not including, `targets[starts[n + 1]]`. */
  readonly starts: Uint32Array
  readonly targets: Uint32Array
}

/**
 * @param initial by node, a class number from 0 on without gaps; nodes of one class have the same number of edges
 * @returns by node, the number of its class in the refined division
 */
export function refine(graph: Graph, initial: Uint32Array): Uint32Array {
  const partition = new Partition(initial)
  const incoming = incomingEdges(graph)
  const pending = Array.from({ length: partition.count }, (_, index) => index)
  for (let splitter = pending.pop(); splitter !== undefined; splitter = pending.pop()) {
    for (const sources of sourcesByEdge(incoming, partition.members(splitter))) {
      for (const smaller of partition.split(sources)) pending.push(smaller)
    }
  }
  return partition.classes
}

/** The nodes, ordered so that each class is a range, its marked nodes first. */
class Partition {
  /** By node. */
  readonly classes: Uint32Array
  readonly #nodes: Uint32Array
  /** By node: where it is in `#nodes`. */
  readonly #places: Uint32Array
  /** By class: its range in `#nodes`, and how many of it are marked. */
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  readonly #marked: number[] = []

  constructor(initial: Uint32Array) {
    this.classes = initial.slice()
    this.#nodes = Uint32Array.from(initial.keys()).sort(
      (a, b) => (initial[a] ?? 0) - (initial[b] ?? 0) || a - b,
    )
    this.#places = new Uint32Array(initial.length)
    this.#nodes.forEach((node, place) => {
      this.#places[node] = place
      const index = initial[node] ?? 0
      if (index === this.#starts.length) this.#addClass(place)
      this.#ends[index] = place + 1
    })
  }

  get count(): number {
    return this.#starts.length
  }

  /** A copy: the class may fall apart while its members are looked at. */
  members(index: number): Uint32Array {
    return this.#nodes.slice(this.#starts[index], this.#ends[index])
  }

  /** Divides every class that has nodes among `nodes` and others; gives the smaller part of each, which is a new class. */
  split(nodes: readonly number[]): readonly number[] {
    const touched: number[] = []
    for (const node of nodes) {
      const index = this.classes[node] ?? 0
      if (this.#marked[index] === 0) touched.push(index)
      this.#mark(node, index)
    }
    return touched.flatMap((index) => this.#divide(index))
  }

  #mark(node: number, index: number): void {
    const place = this.#places[node] ?? 0
    const boundary = (this.#starts[index] ?? 0) + (this.#marked[index] ?? 0)
    // An edge's sources are distinct, so the node is not marked yet.
    const other = this.#nodes[boundary] ?? 0
    this.#nodes[boundary] = node
    this.#places[node] = boundary
    this.#nodes[place] = other
    this.#places[other] = place
    this.#marked[index] = (this.#marked[index] ?? 0) + 1
  }

  #divide(index: number): readonly number[] {
    const start = this.#starts[index] ?? 0
    const end = this.#ends[index] ?? 0
    const boundary = start + (this.#marked[index] ?? 0)
    this.#marked[index] = 0
    if (boundary === end) return []
    const created = this.#addClass(start)
    if (boundary - start <= end - boundary) {
      this.#ends[created] = boundary
      this.#starts[index] = boundary
    } else {
      this.#starts[created] = boundary
      this.#ends[created] = end
      this.#ends[index] = boundary
    }
    for (const node of this.members(created)) this.classes[node] = created
    return [created]
  }

  #addClass(start: number): number {
    this.#starts.push(start)
    this.#ends.push(start)
    this.#marked.push(0)
    return this.#starts.length - 1
  }
}

/** For each node, the edges that lead to it: whose they are, and which number they have there. */
interface Incoming {
  readonly starts: Uint32Array
  readonly sources: Uint32Array
  readonly numbers: Uint32Array
}

function incomingEdges({ starts, targets }: Graph): Incoming {
  const count = starts.length - 1
  const incoming = new Uint32Array(count + 1)
  for (const target of targets) incoming[target + 1] = (incoming[target + 1] ?? 0) + 1
  for (let node = 0; node < count; node++)
    incoming[node + 1] = (incoming[node + 1] ?? 0) + (incoming[node] ?? 0)
  const next = incoming.slice()
  const sources = new Uint32Array(targets.length)
  const numbers = new Uint32Array(targets.length)
  for (let source = 0; source < count; source++) {
    const first = starts[source] ?? 0
    for (let edge = first; edge < (starts[source + 1] ?? 0); edge++) {
      const target = targets[edge] ?? 0
      const at = next[target] ?? 0
      next[target] = at + 1
      sources[at] = source
      numbers[at] = edge - first
    }
  }
  return { starts: incoming, sources, numbers }
}

/** The sources of all edges into `nodes`, those of first edges, of second edges and so on apart. */
function sourcesByEdge(
  { starts, sources, numbers }: Incoming,
  nodes: Uint32Array,
): Iterable<readonly number[]> {
  const byNumber = new Map<number, number[]>()
  for (const node of nodes) {
    for (let at = starts[node] ?? 0; at < (starts[node + 1] ?? 0); at++) {
      const number = numbers[at] ?? 0
      const group = byNumber.get(number)
      if (group === undefined) byNumber.set(number, [sources[at] ?? 0])
      else group.push(sources[at] ?? 0)
    }
  }
  return byNumber.values()
}
