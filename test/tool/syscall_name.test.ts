import { describe, expect, it } from 'vitest'
import { SYSCALL_NUMBERS } from '../../src/abi/syscall_numbers.ts'
import { syscallName } from '../../src/tool/syscall_name.ts'

describe('the name of a system call', () => {
  it('is of the architecture', () => {
    expect(syscallName(59, 'x64')).toBe('execve')
    expect(syscallName(221, 'arm64')).toBe('execve')
  })

  it('agrees with the numbers by which rawbpf calls', () => {
    for (const [architecture, numbers] of SYSCALL_NUMBERS) {
      const names = Object.values(numbers).map((number) => syscallName(number, architecture))
      expect(names).toEqual(Object.keys(numbers))
    }
  })

  it('is its number where it is not known', () => {
    expect(syscallName(5000, 'x64')).toBe('syscall 5000')
    expect(syscallName(0, 'riscv64')).toBe('syscall 0')
  })
})
