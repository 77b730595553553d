import type { NetlinkMessage, NetlinkRequest } from '../abi/netlink_message.ts'
import { BpfError } from '../base/errors.ts'
import type { NetlinkSocket } from '../kernel/netlink.ts'
import { SyscallError } from '../kernel/syscall_error.ts'

/**
 * Sends a request that changes something. Where the answer cannot be read, nobody knows whether the change was made, so it is
 * undone; what goes wrong with that is not passed on, since the first error says more.
 */
export function requestOrUndo(
  socket: NetlinkSocket,
  request: NetlinkRequest,
  undo: () => void,
): readonly NetlinkMessage[] {
  try {
    return socket.request(request)
  } catch (error) {
    if (!isRefusal(error)) undoQuietly(undo)
    throw error
  }
}

/** Whether the kernel said no, or was never asked. */
function isRefusal(error: unknown): boolean {
  return error instanceof SyscallError && ['netlink', 'write'].includes(error.syscall)
}

function undoQuietly(undo: () => void): void {
  try {
    undo()
  } catch (error) {
    if (!(error instanceof BpfError)) throw error
  }
}
