import { closeSync, openSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bpfErrorOf } from '../base/expect_error.ts'
import { NetworkKernel, attachIn } from './network_kernel.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'

/** A kernel that keeps the options which sockets are given; a descriptor of this process stands for a socket. */
class SocketKernel extends NetworkKernel {
  readonly options: number[] = []
  refusal: (() => never) | undefined

  override setsockopt(...[, , option]: Parameters<Kernel['setsockopt']>): void {
    this.refusal?.()
    this.options.push(option)
  }
}

function withFile(body: (fd: number) => void): void {
  const fd = openSync('/dev/null', 'r')
  try {
    body(fd)
  } finally {
    closeSync(fd)
  }
}

describe.each([
  ['socket', 'socket', [50, 27]],
  ['sk_reuseport', 'reuseport', [52, 68]],
  ['socket', 'reuseport', [52, 68]],
] as const)('a %s program attached to kind %s', (section, kind, options) => {
  it('is set and taken away as an option of the socket', () => {
    withFile((fd) => {
      const kernel = new SocketKernel()
      const { link, steps } = attachIn(section, { kind, fd }, kernel)
      expect(steps).toMatchObject([{ how: 'socket-option' }])
      link.close()
      link.close()
      expect(kernel.options).toEqual(options)
    })
  })

  it('leaves the number alone once the socket is closed', () => {
    const kernel = new SocketKernel()
    withFile((fd) => {
      const { link } = attachIn(section, { kind, fd }, kernel)
      closeSync(fd)
      const other = openSync('/', 'r')
      expect(other).toBe(fd)
      link.close()
      expect(kernel.options).toHaveLength(1)
    })
  })
})

describe('a refused option', () => {
  it.each([
    [9, /not open/],
    [88, /no socket/],
    [1, /SO_LOCK_FILTER/],
    [22, /SO_REUSEPORT/],
  ])('with errno %i is explained', (errno, message) => {
    const kernel = new SocketKernel()
    kernel.refusal = (): never => {
      throw new SyscallError({ syscall: 'setsockopt', errno })
    }
    const error = bpfErrorOf('ATTACH_FAILED', () => attachIn('socket', { kind: 'reuseport', fd: 0 }, kernel))
    expect(error.message).toMatch(message)
  })
})
