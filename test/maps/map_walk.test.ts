import { describe, expect, it } from 'vitest'
import { walkKeys } from '../../src/maps/map_walk.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { EINVAL, fakeMap, FakeMapKernel, key, value } from './fake_map_kernel.ts'

function filled(count: number): FakeMapKernel {
  const kernel = new FakeMapKernel()
  for (let each = 0; each < count; each++) kernel.put(key(each), value(each))
  return kernel
}

const numbers = (keys: Iterable<Uint8Array>): number[] => [...keys].map(([first = -1]) => first)

describe('a walk from key to key', () => {
  it('gives each key once, and none of an empty map', () => {
    expect(numbers(walkKeys(fakeMap(filled(5), 'lpm_trie').access))).toEqual([0, 1, 2, 3, 4])
    expect(numbers(walkKeys(fakeMap(filled(0), 'lpm_trie').access))).toEqual([])
  })

  it('ends where the loop deletes every key that it gets', () => {
    const kernel = filled(20)
    const map = fakeMap(kernel, 'lpm_trie')
    const seen: number[] = []
    for (const each of walkKeys(map.access)) {
      seen.push(each[0] ?? -1)
      map.delete(each)
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => index))
    expect(kernel.entries.size).toBe(0)
  })

  it('goes past the keys that came, where the one that it stands on is deleted and the kernel starts over', () => {
    const kernel = filled(10)
    const seen: number[] = []
    for (const each of walkKeys(fakeMap(kernel, 'lpm_trie').access)) {
      seen.push(each[0] ?? -1)
      // The next key was asked for already, and is what the walk stands on.
      if (each[0] === 4) kernel.entries.delete(String.fromCharCode(5, 0, 0, 0))
    }
    expect([...new Set(seen)]).toEqual(seen)
    expect(seen.filter((each) => each !== 5)).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9])
  })

  it('gives up where keys are deleted for ever, instead of going on for ever', () => {
    const kernel = filled(3)
    kernel.maxEntries = 3
    let fresh = 10
    kernel.before = (command) => {
      if (command !== 'BPF_MAP_GET_NEXT_KEY') return
      const last = [...kernel.entries.keys()].at(-1) ?? ''
      kernel.entries.delete(last)
      kernel.put(key(fresh++), value(0))
    }
    const { message } = bpfErrorOf('MAP_WALK_GIVEN_UP', () =>
      numbers(walkKeys(fakeMap(kernel, 'sockhash').access)),
    )
    expect(message).toContain('gave up listing the keys of map counts')
  })

  it('gives up where the loop itself adds a key for each that it gets', () => {
    const kernel = filled(3)
    const map = fakeMap(kernel, 'lpm_trie', { maxEntries: 3 })
    let fresh = 10
    bpfErrorOf('MAP_WALK_GIVEN_UP', () => {
      for (const each of walkKeys(map.access)) {
        map.delete(each)
        map.update(key(fresh++), value(0))
      }
    })
    expect(fresh).toBeGreaterThan(1000)
  })

  it('remembers nothing of an array, whose keys are indices', () => {
    const kernel = filled(3)
    let again = 2
    kernel.before = (command) => {
      // A key that came before: for an array there is no such thing, and whoever remembered it would leave it out.
      if (command === 'BPF_MAP_GET_NEXT_KEY' && again-- === 0)
        kernel.entries.delete(String.fromCharCode(1, 0, 0, 0))
    }
    expect(numbers(walkKeys(fakeMap(kernel, 'prog_array').access))).toEqual([0, 1, 0, 2])
  })

  it('says what the kernel refuses', () => {
    const kernel = filled(3)
    kernel.refusals.set('BPF_MAP_GET_NEXT_KEY', EINVAL)
    const { message } = bpfErrorOf('MAP_REFUSED', () => numbers(walkKeys(fakeMap(kernel, 'lpm_trie').access)))
    expect(message).toBe(
      'cannot list the keys of map counts: bpf(BPF_MAP_GET_NEXT_KEY) failed with EINVAL: invalid argument',
    )
  })
})
