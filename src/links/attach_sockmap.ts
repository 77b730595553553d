import { LINK_CREATE } from '../abi/bpf_attr.ts'
import { bpf_attach_type } from '../abi/generated/bpf.ts'
import { fdNumber } from '../base/units.ts'
import { createLink } from '../kernel/bpf_calls.ts'
import { FileDescriptor } from '../kernel/file_descriptor.ts'
import { hasSockmapLink } from '../kernel/probes/sockmap_link.ts'
import { progAttach, progDetach } from '../kernel/prog_attach.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import type { SocketMapTarget } from '../object/network_targets.ts'
import { AttachError } from './attach_error.ts'
import { type AttachContext, type Attached, attaching, type Keep } from './attaching.ts'
import type { Link } from './link.ts'
import { ownedProgram } from './owned_program.ts'
import { explaining, type Refusals, unlessGone } from './refusals.ts'
import { Undo } from './undo.ts'

/** Answers of `sock_map_prog_update` and `sock_map_link_create` in net/core/sock_map.c, Linux 6.18. */
const REFUSALS: Refusals = {
  EBUSY: {
    code: 'ATTACH_OCCUPIED',
    why: 'a program for the same, or a verdict of the other kind, is attached to the map; detach it first',
  },
  EOPNOTSUPP: {
    code: 'ATTACH_FAILED',
    why: 'the map is no sockmap and no sockhash, or this kernel has none of this kind',
  },
  EBADF: { code: 'ATTACH_FAILED', why: 'the map is closed, or no map' },
}

/**
 * Attaches a parser or a verdict to the sockets of a map: by a bpf_link (Linux 6.10), which ends with this process, before by
 * BPF_PROG_ATTACH, which does not.
 *
 * @throws AttachError 'ATTACH_OCCUPIED', 'ATTACH_NO_TARGET' where the section says nothing of what the program is, 'ATTACH_FAILED'
 */
export function attachSockmap(context: AttachContext, { map }: SocketMapTarget): Link {
  const attachType = attachTypeOf(context)
  const place = `map of sockets, descriptor ${map.fd}`
  return attaching(context, place, (keep) => {
    try {
      return attachByLink(context, place, { map: map.fd, attachType }, keep)
    } catch (error) {
      const mayBeUnknown = error instanceof SyscallError && error.errnoName === 'EINVAL'
      if (!mayBeUnknown || hasSockmapLink(context.kernel).kind !== 'not there') throw error
    }
    return attachByProgAttach(context, place, { map: map.fd, attachType }, keep)
  })
}

interface Place {
  readonly map: number
  readonly attachType: number
}

function attachByLink(
  context: AttachContext,
  place: string,
  { map, attachType }: Place,
  keep: Keep,
): Attached {
  const link = explaining(context, place, REFUSALS, () =>
    createLink(context.kernel, LINK_CREATE, {
      prog_fd: context.program.fd,
      target_fd: map,
      attach_type: attachType,
    }),
  )
  return { how: 'bpf-link', link: keep(link) }
}

function attachByProgAttach(
  context: AttachContext,
  place: string,
  { map: given, attachType }: Place,
  keep: Keep,
): Attached {
  const { kernel } = context
  const map = keep(new FileDescriptor(kernel, kernel.duplicate(fdNumber(given)), 'map of sockets'))
  const own = keep(ownedProgram(context))
  explaining(context, place, REFUSALS, () => {
    progAttach(kernel, { target_fd: map.fd, attach_bpf_fd: own.fd, attach_type: attachType })
  })
  keep(
    new Undo(() => {
      // ENOENT: another program has taken its place, or none is attached any more.
      unlessGone(['ENOENT'], () => {
        progDetach(kernel, { target_fd: map.fd, attach_bpf_fd: own.fd, attach_type: attachType })
      })
    }),
  )
  return { how: 'prog-attach' }
}

function attachTypeOf({ program: { name, section } }: AttachContext): number {
  const { attachType } = section.definition
  if (attachType !== undefined) return bpf_attach_type[attachType]
  throw new AttachError(
    'ATTACH_NO_TARGET',
    `cannot attach program ${name} to a map of sockets: section '${section.name}' does not say whether it is a parser or a ` +
      'verdict; name it sk_skb/stream_parser, sk_skb/stream_verdict or sk_skb/verdict',
    { program: name, section: section.name },
  )
}
