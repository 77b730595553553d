import { describe, expect, it } from 'vitest'
import { addClsact } from '../../src/abi/rtnetlink.ts'
import { BpfError } from '../../src/base/errors.ts'
import { NetlinkSocket } from '../../src/kernel/netlink.ts'
import { requestOrUndo } from '../../src/links/netlink_request.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { type FailingMethod, failingKernel } from '../kernel/failing_kernel.ts'
import { NetworkKernel } from './network_kernel.ts'

/** How often a request is undone whose `method` fails, or which is refused. */
function undone(method: FailingMethod | 'refusal', undo = (): void => undefined): number {
  const kernel = new NetworkKernel()
  if (method === 'refusal') kernel.peer.refusals.set('RTM_NEWQDISC', 12)
  const failing = method === 'refusal' ? kernel : failingKernel(kernel, { method, errno: 12 })
  let count = 0
  using socket = NetlinkSocket.open(failing)
  bpfErrorOf('ENOMEM', () =>
    requestOrUndo(socket, addClsact(7), () => {
      count++
      undo()
    }),
  )
  return count
}

describe('requestOrUndo', () => {
  it('undoes what nobody knows the outcome of', () => {
    expect(undone('read')).toBe(1)
  })

  it('does not undo what was refused, or never asked for', () => {
    expect(undone('refusal')).toBe(0)
    expect(undone('write')).toBe(0)
  })

  it('throws the first error, whatever becomes of the second', () => {
    const fails = (): never => {
      throw new BpfError('EIO', 'it failed too')
    }
    expect(undone('read', fails)).toBe(1)
  })
})
