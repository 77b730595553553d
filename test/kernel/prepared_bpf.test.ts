import { describe, expect, it } from 'vitest'
import { preparedThrough } from '../../src/kernel/prepared_bpf.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'

const NO_BYTES = { bytes: new Uint8Array(), pointers: [] }

describe('a prepared call through another kernel', () => {
  it('is that call every time, with refusals as negative numbers', () => {
    const answers = [5, new SyscallError({ syscall: 'bpf', errno: 2 }), new TypeError('a bug')]
    const commands: number[] = []
    const bpf = (command: number): number => {
      commands.push(command)
      const answer = answers.shift() ?? 0
      if (typeof answer === 'number') return answer
      throw answer
    }
    const prepared = preparedThrough(bpf, 9, NO_BYTES)
    expect(prepared.call()).toBe(5)
    expect(prepared.call()).toBe(-2)
    expect(() => prepared.call()).toThrow(TypeError)
    expect(commands).toEqual([9, 9, 9])
  })
})
