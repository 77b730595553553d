import { LINK_CREATE_TRACING } from '../abi/tracing_attr.ts'
import { bpf_attach_type } from '../abi/generated/bpf.ts'
import { createLink, openRawTracepoint } from '../kernel/bpf_calls.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { TracingTarget } from '../object/attach_target.ts'
import { type AttachContext, attaching, type Hints } from './attaching.ts'
import type { Link } from './link.ts'

const HINTS: Hints = {
  EBUSY: 'it is attached there already, or another program is that does not share the place',
  ENOENT: 'kernels before 5.13 let such a program be attached once; load it again to attach it again',
  ENOTSUPP: 'this kernel has no BPF trampolines on this architecture (arm64 has them since Linux 6.0)',
}

const NEEDS_NEWER_KERNEL = 'cookies of tracing programs came with Linux 5.19, and of tp_btf with 6.10'

/**
 * Attaches a program to what it was verified for: a function, a tracepoint or an LSM hook. Without a cookie that is a
 * BPF_RAW_TRACEPOINT_OPEN that names nothing, since Linux 5.5; BPF_LINK_CREATE makes the same link, takes a cookie, and came
 * for these programs with 5.19 (`bpf_raw_tp_link_attach` and `link_create` in kernel/bpf/syscall.c, Linux 6.18).
 *
 * @throws AttachError 'ATTACH_FAILED'
 */
export function attachTracing(context: AttachContext, { cookie = 0n }: TracingTarget): Link {
  const { definition, suffix } = context.program.section
  const target = suffix === undefined ? definition.prefix : `${definition.prefix} ${suffix}`
  const hints = cookie === 0n ? HINTS : { ...HINTS, EINVAL: NEEDS_NEWER_KERNEL, E2BIG: NEEDS_NEWER_KERNEL }
  return attaching(context, target, (keep) => ({ how: 'bpf-link', link: keep(open(context, cookie)) }), hints)
}

function open({ kernel, program }: AttachContext, cookie: bigint): FileDescriptor {
  const { attachType } = program.section.definition
  if (cookie === 0n || attachType === undefined) return openRawTracepoint(kernel, { prog_fd: program.fd })
  return createLink(kernel, LINK_CREATE_TRACING, {
    prog_fd: program.fd,
    attach_type: bpf_attach_type[attachType],
    'tracing.cookie': cookie,
  })
}
