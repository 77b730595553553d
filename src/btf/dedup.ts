import { BtfError } from './btf_error.ts'
import { refine, type Graph } from './dedup_partition.ts'
import { findForwards, resolveForwards, type ForwardGroup } from './dedup_forwards.ts'
import { KINDS, kindOf } from './format.ts'
import type { BtfKind } from './types.ts'
import { TypeList } from './type_list.ts'
import { wordPlaces } from './type_words.ts'

/**
 * Removes types that are there more than once, as they are after the BTF of several objects was put together.
 *
 * When are two types equal? Comparing them piece by piece does not end, since types refer to each other in circles: a
 * `struct list_head` points to `struct list_head`. So the question is turned round. Two types are different if they differ
 * in their own words (kind, name, sizes, names of members), or if what they refer to in one place is different; and what
 * cannot be told apart in any number of steps is equal. To find that, all types that look alike by themselves are put into
 * one class, and classes are divided as long as one has types that refer to different classes in the same place. What is
 * left are the equal types. For the rest, see dedup_partition.ts; it takes time in proportion to the references, times a
 * logarithm, whatever the types look like.
 *
 * libbpf's `btf__dedup` (src/btf.c) asks the question pair by pair: it supposes that two types are equal, walks both of them
 * side by side and notes what else would have to be equal then. The answers are the same. What it does besides and is done
 * here too:
 *
 * - Variables and DATASECs are never equal: they stand for places, not for types. Two objects may each have a static
 *   variable of one name and type.
 * - A forward declaration is taken for the struct or union of its name, if there is one of them only (dedup_forwards.ts). clang
 *   writes a struct that an object only points to as a forward declaration, and so the same struct, with such a pointer
 *   in it, looks different in two objects. Where a name has several definitions, libbpf takes the one that makes the struct
 *   around it equal to another one; here the forward declaration stays what it is.
 *
 * The first of equal types is kept, so types keep their order.
 */
export interface DedupResult {
  readonly types: TypeList
  /** By id of the list that was given: the type's id in `types`. */
  readonly ids: Uint32Array
}

/**
 * @param list is not changed; the result shares its strings
 * @throws BtfError BTF_NO_SUCH_TYPE for a type that refers to none
 */
export function dedup(list: TypeList): DedupResult {
  const nodes = readNodes(list)
  let forwards: readonly ForwardGroup[] = findForwards(list)
  for (let round = 0; ; round++) {
    const resolved = resolveForwards(list.count, forwards)
    const classes = refine(redirected(nodes.graph, resolved), nodes.initial)
    const unambiguous = forwards.filter(({ definitions }) => areAllIn(classes, definitions))
    // To take a forward declaration back may make more structs different, and with them more names ambiguous.
    if (unambiguous.length === forwards.length || round === MAX_ROUNDS) {
      return rebuild(list, nodes, classes, resolved)
    }
    forwards = unambiguous
  }
}

/**
 * How often forward declarations are taken back. Two or three rounds are what real objects need; a hostile file could make it
 * one for each of its types. What is ambiguous still after these is resolved to the first definition.
 */
const MAX_ROUNDS = 8

interface Nodes {
  readonly graph: Graph
  /** By id: a number that types have in common which look alike without what they refer to. */
  readonly initial: Uint32Array
  /** By id: which of the type's words are ids. */
  readonly typePlaces: readonly (readonly number[])[]
}

const PLACES: readonly BtfKind[] = ['var', 'datasec']

function readNodes(list: TypeList): Nodes {
  const initial = new Uint32Array(list.count + 1)
  const starts = new Uint32Array(list.count + 2)
  const targets: number[] = []
  const typePlaces: (readonly number[])[] = [[]]
  const looks = new Map<string, number>()
  for (let id = 0; id <= list.count; id++) {
    const record = list.record(id)
    const places = id === 0 ? [] : wordPlaces(record).types
    const own = Array.from(record)
    for (const place of places) {
      targets.push(checkedId(list, id, record[place] ?? 0))
      own[place] = 0
    }
    const kind = KINDS[kindOf(record[1] ?? 0)]?.name ?? 'void'
    const look = PLACES.includes(kind) ? `place ${id}` : own.join()
    const number = looks.get(look) ?? looks.size
    looks.set(look, number)
    initial[id] = number
    typePlaces[id] = places
    starts[id + 1] = targets.length
  }
  return { graph: { starts, targets: Uint32Array.from(targets) }, initial, typePlaces }
}

function checkedId(list: TypeList, id: number, target: number): number {
  if (target <= list.count) return target
  throw new BtfError(
    'BTF_NO_SUCH_TYPE',
    `BTF: type ${id} refers to type ${target}; the last one is ${list.count}.`,
  )
}

/** The same graph with every reference to a resolved forward declaration leading to its definition. */
function redirected({ starts, targets }: Graph, resolved: Uint32Array): Graph {
  return { starts, targets: targets.map((target) => resolved[target] ?? target) }
}

function areAllIn(classes: Uint32Array, ids: readonly number[]): boolean {
  const [first = 0] = ids
  return ids.every((id) => classes[id] === classes[first])
}

function rebuild(list: TypeList, nodes: Nodes, classes: Uint32Array, resolved: Uint32Array): DedupResult {
  const firstOfClass = new Map<number, number>()
  const kept: number[] = []
  for (let id = 1; id <= list.count; id++) {
    if (resolved[id] !== id || firstOfClass.has(classes[id] ?? 0)) continue
    firstOfClass.set(classes[id] ?? 0, kept.push(id))
  }
  const ids = new Uint32Array(list.count + 1)
  for (let id = 1; id <= list.count; id++) {
    ids[id] = firstOfClass.get(classes[resolved[id] ?? id] ?? 0) ?? 0
  }
  const types = new TypeList(list.strings)
  for (const id of kept) {
    const record = Array.from(list.record(id))
    for (const place of nodes.typePlaces[id] ?? []) record[place] = ids[record[place] ?? 0] ?? 0
    types.add(record)
  }
  return { types, ids }
}
