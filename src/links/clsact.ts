import { readlinkSync } from 'node:fs'
import { addClsact, decodeFilter, deleteClsact, dumpFilters } from '../abi/rtnetlink.ts'
import { identityOf } from '../kernel/identity.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { NetlinkSocket } from '../kernel/netlink.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import { unlessGone } from './refusals.ts'
import { Undo } from './undo.ts'

/** How many attachments of this thread use each qdisc that one of them made, by network namespace and interface. */
const made = new WeakMap<Kernel, Map<string, number>>()

/**
 * Makes the clsact qdisc of an interface, where there is none. Closing the last of the attachments that use a qdisc which one
 * of them made removes it, unless others have hung filters on it meanwhile. One that was there before stays.
 */
export function claimClsact(kernel: Kernel, socket: NetlinkSocket, index: number): Undo {
  const users = usersOf(kernel)
  const key = `${networkNamespace()} ${index}`
  const isNew = add(socket, index)
  const before = isNew ? 0 : users.get(key)
  if (before === undefined) return new Undo(() => undefined)
  users.set(key, before + 1)
  return new Undo(() => {
    const left = (users.get(key) ?? 1) - 1
    if (left > 0) {
      users.set(key, left)
      return
    }
    users.delete(key)
    removeIfUnused(socket, index)
  })
}

function usersOf(kernel: Kernel): Map<string, number> {
  const identity = identityOf(kernel)
  const users = made.get(identity) ?? new Map<string, number>()
  made.set(identity, users)
  return users
}

/** The inode's number tells the namespaces of a kernel apart; where /proc is not mounted, all count as one. */
function networkNamespace(): string {
  try {
    return readlinkSync('/proc/thread-self/ns/net')
  } catch {
    return 'unknown'
  }
}

/** Whether it was made now. */
function add(socket: NetlinkSocket, index: number): boolean {
  try {
    socket.request(addClsact(index))
    return true
  } catch (error) {
    if (error instanceof SyscallError && error.errnoName === 'EEXIST') return false
    throw error
  }
}

/** Somebody may hang a filter on it between the question and the removal; netlink has no way to do both at once. */
function removeIfUnused(socket: NetlinkSocket, index: number): void {
  unlessGone(['ENODEV', 'ENOENT', 'EINVAL'], () => {
    const directions = ['ingress', 'egress'] as const
    const filters = directions.flatMap((direction) => socket.request(dumpFilters(index, direction)))
    if (filters.some((filter) => decodeFilter(filter).handle !== 0)) return
    socket.request(deleteClsact(index))
  })
}
