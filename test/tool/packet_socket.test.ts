import { describe, expect, it } from 'vitest'
import { packetSocket } from '../../src/tool/packet_socket.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'

const EPERM = 1
const EMFILE = 24

describe('packetSocket', () => {
  it('is not permitted, and not just failed, where the kernel answers EPERM', () => {
    const refusing = failingKernel(new FakeKernel(), { method: 'socket', errno: EPERM })
    const error = bpfErrorOf('NOT_PERMITTED', () => packetSocket(refusing))
    expect(error.message).toMatch(/^cannot open a packet socket: socket is not permitted \(EPERM\): /)
  })

  it('passes on what else the kernel answers', () => {
    const failing = failingKernel(new FakeKernel(), { method: 'socket', errno: EMFILE })
    expect(bpfErrorOf('EMFILE', () => packetSocket(failing)).message).toContain('socket() failed with EMFILE')
  })
})
