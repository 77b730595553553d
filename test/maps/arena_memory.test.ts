import { expect, it } from 'vitest'
import { ArenaMemory } from '../../src/maps/arena_memory.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

it('the memory of an arena gives copies, and nothing once it is closed', () => {
  const buffer = Uint8Array.of(1, 2, 3, 4).buffer
  let mapped = 1
  const unmap = (): void => {
    mapped = 0
  }
  const memory = new ArenaMemory('arena', { buffer, unmap, [Symbol.dispose]: unmap })
  const copy = memory.read(1, 2)
  memory.write(2, Uint8Array.of(9))
  expect([...copy]).toEqual([2, 3])
  expect([...memory.read(0, 4)]).toEqual([1, 2, 9, 4])
  memory[Symbol.dispose]()
  expect(mapped).toBe(0)
  expect(bpfErrorOf('DESCRIPTOR_CLOSED', () => memory.read(0, 1)).map).toBe('arena')
})
