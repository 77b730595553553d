import { bpf_attach_type } from '../abi/generated/bpf.ts'
import { LINK_CREATE_TRACING_MULTI } from '../abi/tracing_attr.ts'
import type { TypeId } from '../base/units.ts'
import { Btf } from '../btf/btf.ts'
import { createLink } from '../kernel/bpf_calls.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { traceableFunctions } from '../kernel/traceable_functions.ts'
import { vmlinuxBtfBytes } from '../kernel/vmlinux_btf.ts'
import type { TracingMultiTarget } from '../object/kernel_probe_target.ts'
import { AttachError } from './attach_error.ts'
import { type AttachContext, attaching, type Hints } from './attaching.ts'
import type { Link } from './link.ts'

const CANNOT_BE_TRACED =
  'one of the functions cannot be traced: available_filter_functions of tracefs lists those that can'

const HINTS: Hints = {
  EINVAL: `${CANNOT_BE_TRACED}; or the kernel is older than Linux 7.2, which brought these links`,
  ENOENT: CANNOT_BE_TRACED,
  EBUSY: 'one of the functions has a program that does not share it',
}

type KernelTypes = (kernel: Kernel) => Btf

interface TracedFunction {
  readonly id: TypeId
  readonly cookie: bigint
}

/**
 * Attaches an `fentry.multi`, `fexit.multi` or `fsession.multi` program to many functions of vmlinux by one link (Linux 7.2). The
 * kernel is told their ids in its BTF; of a pattern those that are in its BTF once and can be traced.
 *
 * @param kernelTypes Default: the BTF of the running kernel.
 * @throws AttachError 'ATTACH_NO_TARGET' where a function is not in the kernel's BTF, or there are none; 'ATTACH_FAILED'
 */
export function attachTracingMulti(
  context: AttachContext,
  target: TracingMultiTarget,
  kernelTypes: KernelTypes = vmlinuxTypes,
): Link {
  const { kernel, program } = context
  const { attachType, prefix } = program.section.definition
  const { pattern, functions } = target
  return attaching(
    context,
    `${prefix} ${pattern ?? `${functions.length} functions`}`,
    (keep) => {
      const traced =
        pattern === undefined
          ? listed(context, functions, kernelTypes)
          : matching(context, pattern, kernelTypes)
      const cookies = traced.map(({ cookie }) => cookie)
      const link = createLink(kernel, LINK_CREATE_TRACING_MULTI, {
        prog_fd: program.fd,
        attach_type: attachType === undefined ? 0 : bpf_attach_type[attachType],
        'tracing_multi.ids': bytesOf(new Uint32Array(traced.map(({ id }) => id))),
        'tracing_multi.cnt': traced.length,
        ...(cookies.some((cookie) => cookie !== 0n)
          ? { 'tracing_multi.cookies': bytesOf(new BigUint64Array(cookies)) }
          : {}),
      })
      return { how: 'bpf-link', link: keep(link) }
    },
    HINTS,
  )
}

const bytesOf = (words: Uint32Array | BigUint64Array): Uint8Array => new Uint8Array(words.buffer)

function listed(
  context: AttachContext,
  functions: readonly { readonly function: string; readonly cookie?: bigint | undefined }[],
  kernelTypes: KernelTypes,
): readonly TracedFunction[] {
  if (functions.length === 0) throw noTarget(context, 'none is listed')
  const btf = kernelTypes(context.kernel)
  return functions.map(({ function: name, cookie = 0n }) => {
    const type = btf.find(name, 'func')
    if (type === undefined) throw noTarget(context, `the kernel's BTF has no function ${name}`)
    return { id: type.id, cookie }
  })
}

function matching(
  context: AttachContext,
  pattern: string,
  kernelTypes: KernelTypes,
): readonly TracedFunction[] {
  const names = new Set(traceableFunctions(context.kernel, pattern).map(({ name }) => name))
  const btf = kernelTypes(context.kernel)
  const found = new Map<string, readonly TypeId[]>()
  for (const id of btf.idsOfKind('func')) {
    const name = btf.nameOf(id)
    if (names.has(name)) found.set(name, [...(found.get(name) ?? []), id])
  }
  // Of several functions with one name the kernel would trace another than is meant.
  const once = [...found.values()].flatMap((ids) => (ids.length === 1 ? ids : []))
  if (once.length === 0) {
    throw noTarget(context, `no function that can be traced and is in the kernel's BTF matches ${pattern}`)
  }
  return once.map((id) => ({ id, cookie: 0n }))
}

const vmlinuxTypes: KernelTypes = (kernel) =>
  Btf.parse(vmlinuxBtfBytes(kernel), { name: 'vmlinux', atUnknownKind: 'stop' })

function noTarget({ program: { name, section } }: AttachContext, why: string): AttachError {
  return new AttachError('ATTACH_NO_TARGET', `cannot attach program ${name} to many functions: ${why}`, {
    program: name,
    section: section.name,
  })
}
