import type { BtfValue } from '../../btf/value.ts'
import type { AnyMapKind, BpfMap, MapViews } from '../../index.ts'
import { isPerCpu } from '../../maps/map_kind.ts'

/** A key or value: bytes where BTF does not say what they are. */
export type MapPart = BtfValue | Uint8Array

export interface MapEntry {
  readonly key: MapPart
  /** One, or one for each possible cpu. */
  readonly values: readonly MapPart[]
}

/** What a map holds. */
export interface MapContents {
  readonly name: string
  readonly kind: string
  readonly isPerCpu: boolean
  readonly entries: Iterable<MapEntry>
}

/** What a map holds; undefined for one whose entries cannot be listed, or are nothing to look at. */
export function readMap(map: BpfMap): MapContents | undefined {
  const entries = entriesOf[map.kind]?.(map.as)
  if (entries === undefined) return undefined
  return { name: map.name, kind: map.kind, isPerCpu: isPerCpu(map.kind), entries }
}

type Entries = (views: MapViews) => Iterable<MapEntry>

const hash: Entries = (views) => single(views.hash<MapPart, MapPart>().entries())
const perCpuHash: Entries = (views) => several(views.perCpuHash<MapPart, MapPart>().entries())

/** By kind of map. */
const entriesOf: Readonly<Partial<Record<AnyMapKind, Entries>>> = {
  hash,
  lru_hash: hash,
  rhash: hash,
  cgroup_storage: hash,
  lpm_trie: (views) => single(views.lpmTrie<MapPart, MapPart>().entries()),
  percpu_hash: perCpuHash,
  lru_percpu_hash: perCpuHash,
  percpu_cgroup_storage: perCpuHash,
  array: (views) => single(views.array<MapPart>().entries()),
  percpu_array: (views) => several(views.perCpuArray<MapPart>().entries()),
}

function* single(entries: Iterable<readonly [MapPart, MapPart]>): Generator<MapEntry> {
  for (const [key, value] of entries) yield { key, values: [value] }
}

function* several(entries: Iterable<readonly [MapPart, readonly MapPart[]]>): Generator<MapEntry> {
  for (const [key, values] of entries) yield { key, values }
}
