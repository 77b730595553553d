import type { MapAccess } from './map_access.ts'
import { NOT_THERE } from './element_calls.ts'
import { MapError } from './map_error.ts'
import { isIndexed } from './map_kind.ts'

/**
 * Walking through a map key by key, with BPF_MAP_GET_NEXT_KEY.
 *
 * The kernel answers with the key behind a given one, and where the given one was deleted meanwhile, with the first key of
 * all: the walk starts over. A loop that does not notice gives keys twice, and never ends where programs delete keys all the
 * time. So keys that were given are remembered, and after such a start the walk goes past them until it comes to new ones.
 * The kernel's order does not change, so that no walk passes a key that is there all the time. Where new keys come for ever,
 * the walk gives up after several times as many as the map has room for. Keys of arrays are indices, and need none of this.
 *
 * Hash tables are walked in batches instead (map_batch.ts), whose position is a bucket, not a key.
 */

/** How many keys the kernel may give, known and new ones, for each entry that the map has room for. */
const STEPS_PER_ENTRY = 4
const FREE_STEPS = 1024
/** The room of maps that do not say it: their entries come and go with something else. */
const UNKNOWN_ROOM = 1 << 20

/**
 * The keys, as copies. The next key is asked for before one is given, so that the caller may delete that one.
 *
 * @throws MapError 'MAP_WRONG_TYPE', 'MAP_WALK_GIVEN_UP'; BpfError 'DESCRIPTOR_CLOSED'
 */
export function* walkKeys(access: MapAccess): Generator<Uint8Array, void, undefined> {
  const isNew = isIndexed(access.facts.kind) ? () => true : memory(access)
  let key = keyBehind(access, undefined)
  while (key !== undefined) {
    const next = keyBehind(access, key)
    if (isNew(key)) yield key
    key = next
  }
}

/** The first key where there is no `key`; undefined behind the last. */
function keyBehind(access: MapAccess, key: Uint8Array | undefined): Uint8Array | undefined {
  const calls = access.borrow('keys')
  try {
    if (key !== undefined) calls.key.set(key)
    const result = key === undefined ? calls.first() : calls.next()
    if (result === NOT_THERE) return undefined
    if (result < 0) throw access.failure('keys', result)
    return calls.nextKey.slice()
  } finally {
    access.giveBack(calls)
  }
}

/** Says of each key whether it comes for the first time. */
function memory({ facts }: MapAccess): (key: Uint8Array) => boolean {
  const given = new Set<string>()
  let steps = FREE_STEPS + STEPS_PER_ENTRY * (facts.maxEntries === 0 ? UNKNOWN_ROOM : facts.maxEntries)
  return (key) => {
    if (--steps < 0) throw givenUp(facts.name, given.size)
    const text = String.fromCharCode(...key)
    if (given.has(text)) return false
    given.add(text)
    return true
  }
}

function givenUp(map: string, count: number): MapError {
  return new MapError(
    'MAP_WALK_GIVEN_UP',
    `gave up listing the keys of map ${map}: keys are added and deleted so fast that there is no end; ${count} were listed`,
    { map },
  )
}
