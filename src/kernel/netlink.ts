import {
  AF_NETLINK,
  NETLINK_CAP_ACK,
  NETLINK_EXT_ACK,
  NETLINK_ROUTE,
  NLM_F_ACK,
  NLM_F_REQUEST,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_NETLINK,
} from '../abi/netlink_flags.ts'
import {
  decodeNetlinkMessages,
  decodeNetlinkVerdict,
  encodeNetlinkMessage,
  netlinkU32,
  type NetlinkMessage,
  type NetlinkRequest,
} from '../abi/netlink_message.ts'
import { FileDescriptor } from './file_descriptor.ts'
import type { Kernel } from './kernel.ts'
import { SyscallError } from './syscall_error.ts'

/** Bytes. The kernel makes no datagram of an answer larger than this (`netlink_dump` in net/netlink/af_netlink.c, Linux 6.18). */
const LARGEST_DATAGRAM = 32 * 1024

/**
 * A socket for rtnetlink(7). It belongs to the network namespace that the thread was in when it was opened, and works there
 * whatever namespace the thread goes to.
 *
 * The kernel carries out a request while it is sent and has answered by then, so the socket never waits: where an answer is
 * missing, reading fails with EAGAIN instead of stopping the process.
 */
export class NetlinkSocket implements Disposable {
  readonly #kernel: Kernel
  readonly #descriptor: FileDescriptor
  #sequence = 0

  private constructor(kernel: Kernel, descriptor: FileDescriptor) {
    this.#kernel = kernel
    this.#descriptor = descriptor
  }

  /** @throws SyscallError */
  static open(kernel: Kernel): NetlinkSocket {
    const fd = kernel.socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, NETLINK_ROUTE)
    const descriptor = new FileDescriptor(kernel, fd, 'netlink socket')
    try {
      kernel.setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, netlinkU32(1))
      kernel.setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, netlinkU32(1))
    } catch (error) {
      descriptor.close()
      throw error
    }
    return new NetlinkSocket(kernel, descriptor)
  }

  /**
   * Sends a request and gives the messages of the answer: of a dump all, of a request that is echoed the echo, of others what
   * was asked for, if anything was.
   *
   * @throws SyscallError with `netlink` as its call and the request's name as command, where the kernel refuses; AbiError
   *   'ABI_BAD_MESSAGE'
   */
  request(request: NetlinkRequest): readonly NetlinkMessage[] {
    const sequence = ++this.#sequence
    // A dump ends with NLMSG_DONE and without the acknowledgement, although it may be asked for.
    const flags = request.flags | NLM_F_REQUEST | NLM_F_ACK
    this.#kernel.write(this.#descriptor.fd, encodeNetlinkMessage(request, flags, sequence))
    return this.#receive(request.name, sequence)
  }

  get closed(): boolean {
    return this.#descriptor.closed
  }

  close(): void {
    this.#descriptor.close()
  }

  closeAsync(): Promise<void> {
    return this.#descriptor.closeAsync()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #receive(name: string, sequence: number): readonly NetlinkMessage[] {
    const buffer = new Uint8Array(LARGEST_DATAGRAM)
    const answer: NetlinkMessage[] = []
    for (;;) {
      const length = this.#kernel.read(this.#descriptor.fd, buffer)
      for (const message of decodeNetlinkMessages(buffer.slice(0, length))) {
        // What an earlier request that failed halfway left behind.
        if (message.sequence !== sequence) continue
        const verdict = decodeNetlinkVerdict(message)
        if (verdict === undefined) {
          answer.push(message)
          continue
        }
        if (verdict.errno === 0) return answer
        const { errno, explanation } = verdict
        throw new SyscallError({ syscall: 'netlink', command: name, errno, explanation })
      }
    }
  }
}
