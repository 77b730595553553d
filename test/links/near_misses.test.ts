import { describe, expect, it } from 'vitest'
import { KernelError } from '../../src/kernel/kernel_error.ts'
import { nearMisses } from '../../src/links/near_misses.ts'

describe('nearMisses', () => {
  it('names those that may have been meant', () => {
    expect(nearMisses('function', 'vfs_raed', () => ['vfs_read', 'vfs_write', 'do_exit'])).toBe(
      'this kernel has no function vfs_raed; did you mean vfs_read?',
    )
  })

  it('names none that are far away', () => {
    expect(nearMisses('function', 'vfs_raed', () => ['do_exit'])).toBe('this kernel has no function vfs_raed')
  })

  it('does without where they cannot be listed', () => {
    const list = (): never => {
      throw new KernelError('NO_TRACEFS', 'there is no tracefs')
    }
    expect(nearMisses('function', 'vfs_raed', list)).toBe('this kernel has no function vfs_raed')
  })
})
