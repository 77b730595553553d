import { expect, it } from 'vitest'
import { arenaGlobalStore } from '../../src/maps/arena_globals.ts'
import { ArenaMemory } from '../../src/maps/arena_memory.ts'
import type { GlobalVariable } from '../../src/object/globals.ts'
import { arenaSpec } from '../loader/arena_object.ts'

it('variables of the arena’s section are in its memory, all others elsewhere', () => {
  const { btf, variables } = arenaSpec()
  const others: string[] = []
  const buffer = new ArrayBuffer(16)
  const unmap = (): void => undefined
  const store = arenaGlobalStore(
    {
      sectionName: '.addr_space.1',
      btf: btf!,
      memory: new ArenaMemory('arena', { buffer, unmap, [Symbol.dispose]: unmap }),
    },
    {
      read: ({ name }) => others.push(name),
      write: ({ name }) => others.push(name),
    },
  )
  const second = variables.find(({ name }) => name === 'second')!
  store.write(second, 7)
  expect(store.read(second)).toBe(7)
  expect([...new Uint8Array(buffer)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0])
  const other: GlobalVariable = { ...second, name: 'other', sectionName: '.bss' }
  store.write(other, 1)
  store.read(other)
  expect(others).toEqual(['other', 'other'])
})
