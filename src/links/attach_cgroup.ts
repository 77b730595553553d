import { attach_flags } from '../abi/attach_flags.ts'
import { bpf_attach_type } from '../abi/generated/bpf.ts'
import { LINK_CREATE_CGROUP } from '../abi/network_attr.ts'
import { fdNumber, type Fd } from '../base/units.ts'
import { createLink } from '../kernel/bpf_calls.ts'
import { permissionErrorFor } from '../kernel/capabilities.ts'
import { openCgroup } from '../kernel/cgroup.ts'
import { FileDescriptor } from '../kernel/file_descriptor.ts'
import { progAttach, progDetach } from '../kernel/prog_attach.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import type { CgroupTarget } from '../object/network_targets.ts'
import type { AttachTypeName } from '../object/section_definitions.ts'
import { AttachError } from './attach_error.ts'
import { type AttachContext, type Attached, attaching, type Keep } from './attaching.ts'
import type { Link } from './link.ts'
import { ownedProgram } from './owned_program.ts'
import { encodeOrder, ORDER_REFUSALS } from './program_order.ts'
import { explaining, type Refusals, unlessGone } from './refusals.ts'
import { Undo } from './undo.ts'

const { BPF_F_ALLOW_MULTI, BPF_F_ALLOW_OVERRIDE, BPF_F_REPLACE } = attach_flags

const SHARING_FLAGS = { none: 0, override: BPF_F_ALLOW_OVERRIDE, multi: BPF_F_ALLOW_MULTI } as const

/** Answers of `cgroup_bpf_attach` in kernel/bpf/cgroup.c, Linux 6.18. */
const REFUSALS: Refusals = {
  ...ORDER_REFUSALS,
  EBADF: {
    code: 'ATTACH_FAILED',
    why: 'that is no directory of a cgroup of version 2; see where cgroup2 is mounted with findmnt -t cgroup2',
  },
  E2BIG: {
    code: 'ATTACH_OCCUPIED',
    why: 'as many programs as can be are attached there already, or this kernel knows no order among them (before 6.17)',
  },
}

/** EPERM means this where no right is missing. */
const EXCLUSIVE =
  'a program is attached here or in a cgroup above that shares its place with none of this kind; detach it first, or attach ' +
  "both with sharing: 'multi', as links do"

/**
 * Attaches a program to a cgroup of version 2: to everything that the processes in it and in the cgroups below do. By a
 * bpf_link, which ends with this process, or by BPF_PROG_ATTACH, which does not.
 *
 * @throws AttachError 'ATTACH_NO_TARGET' where nothing says which attach type, 'ATTACH_OCCUPIED' where a program is attached
 *   that suffers no other, 'ATTACH_FAILED' whose cause may be KernelError 'NO_SUCH_CGROUP'
 */
export function attachCgroup(context: AttachContext, target: CgroupTarget): Link {
  const attachType = attachTypeOf(context, target)
  const where = 'path' in target ? target.path : `descriptor ${target.fd}`
  const place = `${attachType.replace(/^BPF_/, '').toLowerCase()} of cgroup ${where}`
  return attaching(context, place, (keep) => {
    const attachment: CgroupAttachment = {
      context,
      target,
      place,
      attachType: bpf_attach_type[attachType],
      keep,
    }
    try {
      return target.by === 'prog-attach' ? attachByProgAttach(attachment) : attachByLink(attachment)
    } catch (error) {
      throw isExclusive(error) ? occupied(context, place, error) : error
    }
  })
}

interface CgroupAttachment {
  readonly context: AttachContext
  readonly target: CgroupTarget
  readonly place: string
  readonly attachType: number
  readonly keep: Keep
}

function attachByLink({ context, target, place, attachType, keep }: CgroupAttachment): Attached {
  const { kernel, program } = context
  using opened = openTarget(context, target)
  const { flags, relativeFd, relativeId, expectedRevision } = encodeOrder(
    target.by === 'prog-attach' ? {} : target,
  )
  const link = explaining(context, place, REFUSALS, () =>
    createLink(kernel, LINK_CREATE_CGROUP, {
      prog_fd: program.fd,
      target_fd: opened.fd,
      attach_type: attachType,
      flags,
      'cgroup.relative_fd': relativeFd,
      'cgroup.relative_id': relativeId,
      'cgroup.expected_revision': expectedRevision,
    }),
  )
  return { how: 'bpf-link', link: keep(link) }
}

function attachByProgAttach({ context, target, place, attachType, keep }: CgroupAttachment): Attached {
  const { kernel } = context
  const { sharing = 'none', replace } = target.by === 'prog-attach' ? target : {}
  const cgroup = keep(openTarget(context, target))
  const own = keep(ownedProgram(context))
  explaining(context, place, REFUSALS, () => {
    progAttach(kernel, {
      target_fd: cgroup.fd,
      attach_bpf_fd: own.fd,
      attach_type: attachType,
      attach_flags: SHARING_FLAGS[sharing] | (replace === undefined ? 0 : BPF_F_REPLACE),
      replace_bpf_fd: replace?.fd,
    })
  })
  keep(
    new Undo(() => {
      // ENOENT: somebody else has detached it, or put another program in its place.
      unlessGone(['ENOENT'], () => {
        progDetach(kernel, { target_fd: cgroup.fd, attach_bpf_fd: own.fd, attach_type: attachType })
      })
    }),
  )
  return { how: 'prog-attach' }
}

/** A descriptor for the attachment alone, which may be needed after the caller has closed his. */
function openTarget({ kernel }: AttachContext, target: CgroupTarget): FileDescriptor {
  if ('path' in target) return openCgroup(kernel, target.path)
  const given: Fd = fdNumber(target.fd)
  return new FileDescriptor(kernel, kernel.duplicate(given), `cgroup of descriptor ${target.fd}`)
}

function attachTypeOf({ program: { name, section } }: AttachContext, target: CgroupTarget): AttachTypeName {
  const attachType = target.attachType ?? section.definition.attachType
  if (attachType !== undefined && /^BPF_(LSM_)?CGROUP/.test(attachType)) return attachType
  throw new AttachError(
    'ATTACH_NO_TARGET',
    `cannot attach program ${name} to a cgroup: ${attachType ?? `section '${section.name}'`} says nothing that happens in ` +
      "one; give the target an attachType such as 'BPF_CGROUP_INET_INGRESS'",
    { program: name, section: section.name },
  )
}

function isExclusive(error: unknown): error is SyscallError {
  if (!(error instanceof SyscallError) || error.errnoName !== 'EPERM') return false
  return permissionErrorFor(error)?.missing.length === 0
}

function occupied(
  { program: { name, section } }: AttachContext,
  place: string,
  cause: SyscallError,
): AttachError {
  return new AttachError(
    'ATTACH_OCCUPIED',
    `cannot attach program ${name} to ${place}: ${EXCLUSIVE} (${cause.message})`,
    { program: name, section: section.name, cause },
  )
}
