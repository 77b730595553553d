import { describe, expect, it } from 'vitest'
import { fdNumber } from '../../src/base/units.ts'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { BpfIterator } from '../../src/links/bpf_iterator.ts'

const EAGAIN = 11
const E2BIG = 7

/** An iterator whose reads give these pieces or errors, one after the other; and how often it was closed. */
function iteratorOf(...reads: readonly (string | number)[]): { iterator: BpfIterator; closed: () => number } {
  const left = [...reads]
  let closed = 0
  const kernel = {
    read(_: number, buffer: Uint8Array): number {
      const next = left.shift() ?? ''
      if (typeof next === 'number') throw new SyscallError({ syscall: 'read', errno: next })
      return new TextEncoder().encodeInto(next, buffer).written
    },
    close(): void {
      closed++
    },
  } as unknown as Kernel
  const file = new FileDescriptor(kernel, fdNumber(3), 'iterator')
  return { iterator: new BpfIterator(kernel, file), closed: () => closed }
}

describe('an iterator', () => {
  it('gives lines that lie across pieces whole, and a last one without an end', () => {
    const { iterator, closed } = iteratorOf('one\ntw', 'o\n\nü', 'nd')
    expect([...iterator.lines()]).toEqual(['one', 'two', '', 'ünd'])
    expect(closed()).toBe(1)
  })

  it('gives bytes and text', () => {
    expect(iteratorOf('a', 'b').iterator.text()).toBe('ab')
    expect([...iteratorOf('a', 'b').iterator.bytes()]).toEqual([0x61, 0x62])
    expect(iteratorOf().iterator.bytes()).toHaveLength(0)
  })

  it('is closed where the loop is left, and reads nothing more', () => {
    const { iterator, closed } = iteratorOf('one\ntwo\n', 'three\n')
    for (const line of iterator.lines()) {
      expect(line).toBe('one')
      break
    }
    expect(closed()).toBe(1)
    expect(() => iterator.bytes()).toThrow(expect.objectContaining({ code: 'DESCRIPTOR_CLOSED' }))
  })

  it('goes on after EAGAIN, and is closed by any other error', () => {
    expect(iteratorOf('a', EAGAIN, EAGAIN, 'b').iterator.text()).toBe('ab')
    const { iterator, closed } = iteratorOf('a', E2BIG)
    expect(() => iterator.text()).toThrow(expect.objectContaining({ errnoName: 'E2BIG' }))
    expect(closed()).toBe(1)
  })

  it('is closed once, however often that is asked for', () => {
    const { iterator, closed } = iteratorOf('a')
    iterator.close()
    iterator[Symbol.dispose]()
    expect(closed()).toBe(1)
  })
})
