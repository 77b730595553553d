import { PermissionError, permissionErrorFor } from '../kernel/capabilities.ts'
import { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { openKernel } from '../kernel/linux.ts'
import { findNetworkInterface } from '../kernel/network_interface.ts'

/** include/linux/socket.h, include/linux/net.h and include/uapi/linux/if_ether.h, Linux 6.18; the last in network order. */
const AF_PACKET = 17
const SOCK_RAW = 3
const ETH_P_ALL = 0x0300

/** The index of an interface of this network namespace, by its name. @throws KernelError 'NO_SUCH_INTERFACE'; SyscallError */
export function interfaceIndex(name: string): number {
  return findNetworkInterface(openKernel(), name).index
}

/**
 * A socket that gets every packet of this network namespace, of all interfaces, as tcpdump(8) has one: for a filter, which may
 * keep none of them. packet(7). Needs CAP_NET_RAW.
 *
 * @throws PermissionError; SyscallError
 */
export function packetSocket(kernel: Kernel = openKernel()): FileDescriptor {
  try {
    return new FileDescriptor(kernel, kernel.socket(AF_PACKET, SOCK_RAW, ETH_P_ALL), 'packet socket')
  } catch (error) {
    const refusal = permissionErrorFor(error)
    if (refusal === undefined) throw error
    throw new PermissionError(`cannot open a packet socket: ${refusal.message}`, refusal.missing, {
      cause: refusal,
    })
  }
}
