import { decodeLink, getLinkByIndex, getLinkByName, type LinkMessage } from '../abi/rtnetlink.ts'
import { KernelError } from './kernel_error.ts'
import type { Kernel } from './kernel.ts'
import { NetlinkSocket } from './netlink.ts'
import { SyscallError } from './syscall_error.ts'

/** A network interface by its name, its alternative name or its index. */
export type InterfaceReference = string | number

/**
 * What the kernel says of an interface. It is asked by netlink, in the network namespace of the socket: what /sys/class/net
 * shows is the namespace that sysfs was mounted in.
 *
 * @throws KernelError 'NO_SUCH_INTERFACE'; SyscallError
 */
export function networkInterface(socket: NetlinkSocket, reference: InterfaceReference): LinkMessage {
  if (!isPossible(reference)) throw noSuchInterface(reference)
  const request = typeof reference === 'string' ? getLinkByName(reference) : getLinkByIndex(reference)
  try {
    const [answer] = socket.request(request)
    if (answer !== undefined) return decodeLink(answer)
  } catch (cause) {
    if (cause instanceof SyscallError && GONE.has(cause.errnoName)) throw noSuchInterface(reference, cause)
    throw cause
  }
  throw noSuchInterface(reference)
}

/** What the kernel answers to a name that no interface has, and to one that is too long for any. */
const GONE: ReadonlySet<string> = new Set(['ENODEV', 'ERANGE'])

function isPossible(reference: InterfaceReference): boolean {
  if (typeof reference === 'string') return reference !== '' && !reference.includes('\0')
  return Number.isInteger(reference) && reference > 0 && reference <= 0x7fff_ffff
}

function noSuchInterface(reference: InterfaceReference, cause?: SyscallError): KernelError {
  const what =
    typeof reference === 'string' ? `called ${JSON.stringify(reference)}` : `with index ${reference}`
  return new KernelError(
    'NO_SUCH_INTERFACE',
    `this network namespace has no interface ${what}; ip link lists those that there are`,
    { cause },
  )
}

/**
 * The same for callers that ask for nothing else.
 *
 * @throws KernelError 'NO_SUCH_INTERFACE'; SyscallError
 */
export function findNetworkInterface(kernel: Kernel, reference: InterfaceReference): LinkMessage {
  using socket = NetlinkSocket.open(kernel)
  return networkInterface(socket, reference)
}
