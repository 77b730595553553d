import { LINK_CREATE_TRACING } from '../abi/tracing_attr.ts'
import { createLink, openRawTracepoint } from '../kernel/bpf_calls.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { FreplaceTarget } from '../object/attach_target.ts'
import { functionIdOf } from '../programs/program_functions.ts'
import { AttachError } from './attach_error.ts'
import { type AttachContext, attaching, type Hints } from './attaching.ts'
import type { Link } from './link.ts'

const HINTS: Hints = {
  EBUSY: 'another program replaces that function already',
  EINVAL:
    'the function may have other parameters, or this program may replace the one it was loaded for already',
}

/** `expected_attach_type` of these programs: none. */
const NO_ATTACH_TYPE = 0

/**
 * Has a program take the place of a function of another BPF program: of the one that it was verified for, or of another whose
 * function has the same parameters (BPF_LINK_CREATE, Linux 5.10; `bpf_tracing_prog_attach` in kernel/bpf/syscall.c, Linux 6.18).
 *
 * @throws AttachError 'ATTACH_NO_TARGET' where it is not said which function of another program; 'ATTACH_FAILED'
 */
export function attachFreplace(context: AttachContext, target: FreplaceTarget): Link {
  const { suffix } = context.program.section
  const name = target.function ?? suffix
  return attaching(
    context,
    name === undefined ? 'a function of a BPF program' : `function ${name} of a BPF program`,
    (keep) => ({ how: 'bpf-link', link: keep(open(context, target, name)) }),
    HINTS,
  )
}

function open(
  { kernel, program }: AttachContext,
  { program: other, cookie = 0n }: FreplaceTarget,
  name: string | undefined,
): FileDescriptor {
  if (other === undefined && cookie === 0n) return openRawTracepoint(kernel, { prog_fd: program.fd })
  const values = { prog_fd: program.fd, attach_type: NO_ATTACH_TYPE, 'tracing.cookie': cookie }
  if (other === undefined) return createLink(kernel, LINK_CREATE_TRACING, values)
  if (name === undefined) {
    throw new AttachError(
      'ATTACH_NO_TARGET',
      `cannot attach program ${program.name}: it is not said which function of the other program it is to replace`,
      { program: program.name, section: program.section.name },
    )
  }
  return createLink(kernel, LINK_CREATE_TRACING, {
    ...values,
    target_fd: other.fd,
    'tracing.target_btf_id': functionIdOf(kernel, other.fd, name),
  })
}
