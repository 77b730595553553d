import { SOL_SOCKET, socket_option } from '../abi/attach_flags.ts'
import { netlinkU32 } from '../abi/netlink_message.ts'
import { fdNumber } from '../base/units.ts'
import { openFileIdentity } from '../kernel/open_file.ts'
import type { ReuseportTarget, SocketTarget } from '../object/network_targets.ts'
import { type AttachContext, attaching } from './attaching.ts'
import type { Link } from './link.ts'
import { explaining, type Refusals, unlessGone } from './refusals.ts'
import { Undo } from './undo.ts'

const REFUSALS: Refusals = {
  EBADF: { code: 'ATTACH_FAILED', why: 'the descriptor is not open' },
  ENOTSOCK: { code: 'ATTACH_FAILED', why: 'the descriptor is no socket' },
  EPERM: {
    code: 'ATTACH_FAILED',
    why: 'the filter of the socket is locked (SO_LOCK_FILTER) and stays as it is',
  },
  EINVAL: {
    code: 'ATTACH_FAILED',
    why: 'the socket is in no group: set SO_REUSEPORT, and bind it, first (kernels before 6.0 answer so to locked filters too)',
  },
}

/** How a program gets to a socket and away from it. */
interface Options {
  readonly attach: number
  readonly detach: number
}

/**
 * Attaches a filter to a socket of this process. A filter that is there already is replaced.
 *
 * @throws AttachError 'ATTACH_FAILED'
 */
export function attachSocket(context: AttachContext, { fd }: SocketTarget): Link {
  const { SO_ATTACH_BPF, SO_DETACH_BPF } = socket_option
  return attachByOption(context, `socket ${fd}`, fd, { attach: SO_ATTACH_BPF, detach: SO_DETACH_BPF })
}

/**
 * Attaches a program that chooses among the sockets of a group with SO_REUSEPORT. One that is there already is replaced.
 *
 * @throws AttachError 'ATTACH_FAILED'
 */
export function attachReuseport(context: AttachContext, { fd }: ReuseportTarget): Link {
  const { SO_ATTACH_REUSEPORT_EBPF, SO_DETACH_REUSEPORT_BPF } = socket_option
  const options = { attach: SO_ATTACH_REUSEPORT_EBPF, detach: SO_DETACH_REUSEPORT_BPF }
  return attachByOption(context, `reuseport group of socket ${fd}`, fd, options)
}

/** The socket stays the caller's: what becomes of its number once he has closed it is not touched. */
function attachByOption(
  context: AttachContext,
  place: string,
  fd: number,
  { attach, detach }: Options,
): Link {
  const { kernel, program } = context
  return attaching(context, place, (keep) => {
    const socket = fdNumber(fd)
    const identity = openFileIdentity(fd)
    explaining(context, place, REFUSALS, () => {
      kernel.setsockopt(socket, SOL_SOCKET, attach, netlinkU32(program.fd))
    })
    keep(
      new Undo(() => {
        if (openFileIdentity(fd) !== identity) return
        // The filter was taken away meanwhile, or the group is gone.
        unlessGone(['ENOENT', 'EINVAL'], () => {
          kernel.setsockopt(socket, SOL_SOCKET, detach, netlinkU32(0))
        })
      }),
    )
    return { how: 'socket-option' }
  })
}
