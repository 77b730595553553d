/* eslint-disable @typescript-eslint/no-unsafe-call -- calls of what is not there are what this file is about */
import { describe, expectTypeOf, it } from 'vitest'
import {
  type ArrayMap,
  type BpfMap,
  createMap,
  type HashMap,
  type LoadedObject,
  type MapKind,
  type MapOf,
  type ObjectSpec,
  type OpaqueMap,
  type Queue,
} from '../../src/index.ts'

/**
 * What does not compile: `tsc`, a part of `npm run check`, fails where a line below @ts-expect-error would. The functions are
 * never called.
 */
describe('misuse', () => {
  it('of keys and values does not compile', () => {
    const use = (object: LoadedObject): void => {
      const counts = object.map('counts').as.hash<number, { readonly packets: bigint }>()
      // @ts-expect-error -- a string is no key of this map
      counts.lookup('eth0')
      // @ts-expect-error -- a number is no bigint
      counts.update(1, { packets: 5 })
      // @ts-expect-error -- the member is missing
      counts.update(1, {})
      // @ts-expect-error -- what is not there is undefined
      counts.lookup(1).packets.toString()
      // @ts-expect-error -- entries are a key and a value
      counts.updateMany([[1]])
      // @ts-expect-error -- there is no such mode
      counts.update(1, { packets: 5n }, 'insert')
      // @ts-expect-error -- without a handle of its kind, a map has bytes
      object.map('counts').lookup(1)
    }
    expectTypeOf(use).toBeFunction()
  })

  it('of what a kind does not have does not compile', () => {
    const use = (): void => {
      const ring = createMap({ type: 'ringbuf', maxEntries: 4096 })
      // @ts-expect-error -- a ring buffer has no entries
      ring.lookup(new Uint8Array())
      const queue = createMap({ type: 'queue', valueSize: 8, maxEntries: 8 })
      // @ts-expect-error -- a queue has no keys
      queue.lookup(new Uint8Array(4))
      const array = createMap({ type: 'array', valueSize: 8, maxEntries: 8 })
      // @ts-expect-error -- entries of an array are not deleted
      array.delete(1)
      // @ts-expect-error -- the keys of an array are numbers
      array.lookup(new Uint8Array(4))
      const events = createMap({ type: 'perf_event_array' })
      // @ts-expect-error -- it does not tell what is in it
      events.lookup(0)
      const tasks = createMap({ type: 'task_storage', valueSize: 8 })
      // @ts-expect-error -- storage cannot be listed
      tasks.keys()
      // @ts-expect-error -- tasks have no path
      tasks.lookup({ path: '/' })
      // @ts-expect-error -- there is no such kind of map
      createMap({ type: 'hashmap', maxEntries: 8 })
    }
    expectTypeOf(use).toBeFunction()
  })

  it('of an object that is not loaded does not compile', () => {
    const use = (spec: ObjectSpec): void => {
      // @ts-expect-error -- only what is loaded can be attached
      spec.attach()
      // @ts-expect-error -- the same for one program
      spec.programs.get('handle_exec')?.attach()
      // @ts-expect-error -- a map that is not created has no entries
      spec.maps.get('counts')?.lookup(new Uint8Array(4))
    }
    expectTypeOf(use).toBeFunction()
  })
})

describe('the handle of a kind', () => {
  it('is known to the compiler', () => {
    expectTypeOf<MapOf<'hash', number, bigint>>().toEqualTypeOf<HashMap<number, bigint>>()
    expectTypeOf<MapOf<'percpu_array', never, bigint>>().toEqualTypeOf<ArrayMap<readonly bigint[]>>()
    expectTypeOf<MapOf<'stack'>>().toEqualTypeOf<Queue<Uint8Array>>()
    expectTypeOf<MapOf<'arena'>>().toEqualTypeOf<OpaqueMap>()
    expectTypeOf<MapOf<MapKind>['map']>().toEqualTypeOf<BpfMap>()
  })
})
