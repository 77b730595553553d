import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { decodeNetlinkMessages, encodeNetlinkMessage, netlinkU32 } from '../../src/abi/netlink_message.ts'
import { NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR } from '../../src/abi/netlink_flags.ts'
import { decodeLink, getLinkByIndex, getLinkByName } from '../../src/abi/rtnetlink.ts'
import { explainPermission } from '../../src/kernel/permission_causes.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { NetlinkSocket } from '../../src/kernel/netlink.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from './failing_kernel.ts'
import { FakeKernel } from './fake_kernel.ts'
import { permissionFacts } from './permission_facts.ts'
import { recordingKernel } from './recording_kernel.ts'
import { linuxTest } from './require.ts'

const LO = getLinkByIndex(1)

/** A message of the kernel's. */
function message(type: number, flags: number, sequence: number, payload: Uint8Array): Uint8Array {
  return encodeNetlinkMessage({ name: '', type, flags: 0, header: payload, attributes: [] }, flags, sequence)
}

const verdict = (sequence: number, errno: number): Uint8Array =>
  message(NLMSG_ERROR, 0, sequence, Uint8Array.from([...netlinkU32(-errno), ...new Uint8Array(16)]))

function fakeSocket(answers: (sequence: number) => readonly Uint8Array[]): {
  kernel: FakeKernel
  socket: NetlinkSocket
  sent: Uint8Array[]
} {
  const kernel = new FakeKernel()
  const sent: Uint8Array[] = []
  kernel.onSend = (bytes) => {
    sent.push(bytes)
    return answers(decodeNetlinkMessages(bytes)[0]?.sequence ?? -1)
  }
  return { kernel, socket: NetlinkSocket.open(kernel), sent }
}

describe('NetlinkSocket', () => {
  it('asks for an acknowledgement, and counts its requests', () => {
    const { socket, sent } = fakeSocket((sequence) => [verdict(sequence, 0)])
    socket.request(LO)
    socket.request(LO)
    const headers = sent.flatMap((bytes) => decodeNetlinkMessages(bytes))
    expect(headers.map(({ sequence }) => sequence)).toEqual([1, 2])
    expect(headers.map(({ flags }) => flags)).toEqual([NLM_F_REQUEST | NLM_F_ACK, NLM_F_REQUEST | NLM_F_ACK])
  })

  it('gives what comes before the acknowledgement, in one datagram or several', () => {
    const part = (sequence: number, byte: number): Uint8Array =>
      message(16, 0, sequence, Uint8Array.of(byte, 0, 0, 0))
    const { socket } = fakeSocket((sequence) => [
      Uint8Array.from([...part(sequence, 1), ...part(sequence, 2)]),
      part(sequence, 3),
      verdict(sequence, 0),
    ])
    expect(socket.request(LO).map(({ payload }) => payload[0])).toEqual([1, 2, 3])
  })

  it('ends a dump with the message that says so', () => {
    const { socket } = fakeSocket((sequence) => [message(NLMSG_DONE, 0, sequence, netlinkU32(0))])
    expect(socket.request({ ...LO, flags: NLM_F_DUMP })).toEqual([])
  })

  it('leaves alone what answers an earlier request', () => {
    const { socket } = fakeSocket((sequence) => [verdict(sequence - 1, 22), verdict(sequence, 0)])
    expect(socket.request(LO)).toEqual([])
  })

  it('throws the errno of the acknowledgement', () => {
    const { socket } = fakeSocket((sequence) => [verdict(sequence, 16)])
    const error = bpfErrorOf('EBUSY', () => socket.request(LO))
    expect(error).toMatchObject({ syscall: 'netlink', command: 'RTM_GETLINK' })
  })

  it('never waits for an answer that does not come', () => {
    const { socket } = fakeSocket(() => [])
    bpfErrorOf('EAGAIN', () => socket.request(LO))
  })

  it('refuses an answer whose lengths do not fit', () => {
    const { socket } = fakeSocket(() => [Uint8Array.of(200, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)])
    bpfErrorOf('ABI_BAD_MESSAGE', () => socket.request(LO))
  })

  it.each(['socket', 'setsockopt'] as const)('leaves nothing open where %s fails', (method) => {
    const fake = new FakeKernel()
    bpfErrorOf('ENOMEM', () => NetlinkSocket.open(failingKernel(fake, { method, errno: 12 })))
    expect(fake.descriptors.size).toBe(0)
  })

  it('is not used after it was closed, and closed twice without harm', () => {
    const { socket, kernel } = fakeSocket(() => [])
    socket.close()
    socket.close()
    expect(socket.closed).toBe(true)
    bpfErrorOf('DESCRIPTOR_CLOSED', () => socket.request(LO))
    expect(kernel.descriptors.size).toBe(0)
  })

  it('needs CAP_NET_ADMIN where it changes something', () => {
    const call = { syscall: 'netlink', command: 'RTM_NEWQDISC', errnoName: 'EPERM' }
    const facts = permissionFacts(['CAP_BPF'])
    expect(explainPermission(call, facts).missing).toEqual(['CAP_NET_ADMIN'])
  })

  linuxTest('asks the real kernel for an interface, with no right at all', () => {
    using socket = NetlinkSocket.open(openKernel())
    const [byName, byIndex] = [getLinkByName('lo'), LO].map((request) => socket.request(request))
    expect(decodeLink(byName![0]!)).toMatchObject({ index: 1, name: 'lo' })
    expect(byIndex).toHaveLength(1)
  })

  linuxTest('reads a dump to its end', () => {
    using socket = NetlinkSocket.open(openKernel())
    const all = socket.request({ ...LO, name: 'RTM_GETLINK', flags: NLM_F_DUMP, header: new Uint8Array(16) })
    // The header lines of /proc/net/dev are two.
    const lines = readFileSync('/proc/thread-self/net/dev', 'utf8').trim().split('\n').length - 2
    expect(all.map((one) => decodeLink(one).name)).toContain('lo')
    expect(all).toHaveLength(lines)
  })

  linuxTest("passes on the kernel's own words, and keeps no descriptor", () => {
    const recording = recordingKernel(openKernel())
    {
      using socket = NetlinkSocket.open(recording.kernel)
      const error = bpfErrorOf('ERANGE', () => socket.request(getLinkByName('x'.repeat(500))))
      expect(error.message).toMatch(/^netlink\(RTM_GETLINK\) failed with ERANGE: .*; the kernel says: \w+/)
    }
    expect([...recording.openDescriptors()]).toEqual([])
  })
})
