import { describe, expect, it } from 'vitest'
import { SYSCALL_NUMBERS } from '../../src/abi/syscall_numbers.ts'

describe('SYSCALL_NUMBERS', () => {
  it('has the same calls, each with a number of its own, on every architecture', () => {
    const names = [...SYSCALL_NUMBERS.values()].map((numbers) => Object.keys(numbers).sort())
    expect(names.length).toBeGreaterThan(1)
    for (const one of names) expect(one).toEqual(names[0])
    for (const numbers of SYSCALL_NUMBERS.values()) {
      expect(new Set(Object.values(numbers)).size).toBe(Object.keys(numbers).length)
    }
  })

  it('has the numbers of bpf(2)', () => {
    expect(SYSCALL_NUMBERS.get('x64')?.bpf).toBe(321)
    expect(SYSCALL_NUMBERS.get('arm64')?.bpf).toBe(280)
  })
})
