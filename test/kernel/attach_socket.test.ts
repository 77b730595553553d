import { closeSync, openSync } from 'node:fs'
import koffi from 'koffi'
import { describe, expect } from 'vitest'
import { SOL_SOCKET } from '../../src/abi/attach_flags.ts'
import { netlinkU32 } from '../../src/abi/netlink_message.ts'
import { fdNumber, type Fd } from '../../src/base/units.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { loadCounting, runs } from './counting_object.ts'
import { descriptorOf, openSocket, packetArrives } from './packets.ts'
import { bpfTest } from './require.ts'

const WHOLE_PACKET = -1
const AF_INET = 2
const SOCK_DGRAM = 2
const SOCK_NONBLOCK = 0o4000
const SO_REUSEPORT = 15

describe('a filter of a real socket', () => {
  bpfTest('sees what the socket receives, and decides on it, until its link is closed', async () => {
    using object = loadCounting([{ section: 'socket', returns: 0 }])
    const socket = await openSocket()
    const link = object.program('main').attach({ kind: 'socket', fd: descriptorOf(socket) })
    expect(await packetArrives(socket)).toBe(false)
    expect(runs(object)).toBe(1)
    bpfErrorOf('ATTACH_NO_LINK', () => {
      link.detach()
    })
    link.close()
    expect(await packetArrives(socket)).toBe(true)
    expect(runs(object)).toBe(1)
    socket.close()
  })

  bpfTest('leaves the number alone that the socket had, once it is another one', async () => {
    using object = loadCounting([{ section: 'socket', returns: WHOLE_PACKET }])
    const socket = await openSocket()
    const fd = descriptorOf(socket)
    const link = object.program('main').attach({ kind: 'socket', fd })
    socket.close()
    await new Promise((resolve) => setTimeout(resolve, 20))
    const other = openSync('/dev/null', 'r')
    expect(other).toBeLessThanOrEqual(fd)
    link.close()
    expect(link.closed).toBe(true)
    closeSync(other)
  })

  bpfTest('can be replaced, and is gone with either link', async () => {
    using object = loadCounting([
      { section: 'socket', returns: 0 },
      { section: 'socket', name: 'whole', returns: WHOLE_PACKET },
    ])
    const socket = await openSocket()
    const target = { kind: 'socket', fd: descriptorOf(socket) } as const
    const [first, second] = ['main', 'whole'].map((name) => object.program(name).attach(target))
    expect(await packetArrives(socket)).toBe(true)
    expect([runs(object), runs(object, 'whole')]).toEqual([0, 1])
    first!.close()
    second!.close()
    expect(second!.closed).toBe(true)
    socket.close()
  })

  bpfTest('needs an open socket', () => {
    using object = loadCounting([{ section: 'socket', returns: 0 }])
    const program = object.program('main')
    const file = openSync('/dev/null', 'r')
    const messageOf = (fd: number): string =>
      bpfErrorOf('ATTACH_FAILED', () => program.attach({ kind: 'socket', fd })).message
    expect(messageOf(file)).toContain('the descriptor is no socket')
    closeSync(file)
    expect(messageOf(1_000_000)).toContain('the descriptor is not open')
    expect(messageOf(-1)).toContain('the descriptor is not open')
    program.close()
    bpfErrorOf('DESCRIPTOR_CLOSED', () => program.attach({ kind: 'socket', fd: 0 }))
  })
})

/** UDP sockets of one group on one port of lo. */
function openGroup(size: number): { readonly sockets: readonly Fd[]; readonly port: number } {
  const libc = koffi.load(null)
  const bind = libc.func('int bind(int, const uint8_t *, int)') as (
    fd: number,
    address: Uint8Array,
    length: number,
  ) => number
  const getsockname = libc.func('int getsockname(int, _Out_ uint8_t *, _Inout_ int *)') as (
    fd: number,
    address: Uint8Array,
    length: number[],
  ) => number
  const kernel = openKernel()
  const address = Uint8Array.of(AF_INET, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
  const sockets = Array.from({ length: size }, () => {
    const fd = kernel.socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)
    kernel.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, netlinkU32(1))
    expect(bind(fd, address, address.length)).toBe(0)
    getsockname(fd, address, [address.length])
    return fd
  })
  return { sockets, port: (address[2]! << 8) | address[3]! }
}

/** Sends packets, and counts what each socket has received. */
async function received(sockets: readonly Fd[], port: number, packets: number): Promise<readonly number[]> {
  const sender = await openSocket()
  for (let packet = 0; packet < packets; packet++) {
    await new Promise((resolve) => {
      sender.send('x', port, '127.0.0.1', resolve)
    })
  }
  sender.close()
  return sockets.map((fd) => countWaiting(fd))
}

function countWaiting(fd: Fd): number {
  for (let count = 0; ; count++) {
    try {
      openKernel().read(fd, new Uint8Array(1))
    } catch (error) {
      if (error instanceof SyscallError && error.errnoName === 'EAGAIN') return count
      throw error
    }
  }
}

describe('a program of a real group of sockets', () => {
  for (const section of ['socket', 'sk_reuseport']) {
    bpfTest(`of section ${section} is asked for every packet, until its link is closed`, async () => {
      // A socket filter gives the number of a socket; of what the other kind gives, 1 lets the kernel choose.
      using object = loadCounting([{ section, returns: 1 }])
      const { sockets, port } = openGroup(2)
      const link = object.program('main').attach({ kind: 'reuseport', fd: sockets[0]! })
      const counts = await received(sockets, port, 8)
      expect(runs(object)).toBe(8)
      if (section === 'socket') expect(counts).toEqual([0, 8])
      link.close()
      await received(sockets, port, 8)
      expect(runs(object)).toBe(8)
      for (const fd of sockets) openKernel().close(fd)
    })
  }

  bpfTest('needs a group', async () => {
    using object = loadCounting([{ section: 'sk_reuseport', returns: 1 }])
    const socket = await openSocket()
    const target = { kind: 'reuseport', fd: descriptorOf(socket) } as const
    const error = bpfErrorOf('ATTACH_FAILED', () => object.program('main').attach(target))
    expect(error.message).toContain('the socket is in no group')
    bpfErrorOf('ATTACH_WRONG_PROGRAM', () => object.program('main').attach({ ...target, kind: 'socket' }))
    socket.close()
    expect(fdNumber(target.fd)).toBeGreaterThan(0)
  })
})
