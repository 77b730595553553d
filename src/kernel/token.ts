import type { AttrTable } from '../abi/attr_table.ts'
import { BTF_GET_FD_BY_ID, BTF_LOAD, MAP_CREATE, PROG_LOAD } from '../abi/bpf_attr.ts'
import type { EncodedAttr } from '../abi/encoded_attr.ts'
import { bpf_map_create_flags } from '../abi/generated/bpf.ts'
import { O_RDONLY } from '../abi/syscall_flags.ts'
import type { Fd } from '../base/units.ts'
import { createToken } from './bpf_calls.ts'
import { BPF_FS_PATH } from './bpffs.ts'
import { PermissionError } from './capabilities.ts'
import { FileDescriptor } from './file_descriptor.ts'
import type { Kernel } from './kernel.ts'
import { KernelError } from './kernel_error.ts'
import { replaceBpf } from './replace_bpf.ts'
import { SyscallError } from './syscall_error.ts'
import { isInInitialUserNamespace } from './user_namespace.ts'

/**
 * bpf(2) looks at capabilities in the initial user namespace, which nobody in a container has. A token (Linux 6.9) stands
 * in for them: whoever may mounts a BPF file system in the container's namespace with options that say which commands, map
 * types, program types and attach types it delegates; a process in that namespace that has CAP_BPF there makes a token of
 * it, and passes the token to the calls that it is for.
 */

/** Where a token is to come from. One that is mandatory fails the load where there is none. */
export type TokenRequest =
  | { readonly kind: 'none' }
  | { readonly kind: 'optional'; readonly path: string }
  | { readonly kind: 'mandatory'; readonly path: string }

/**
 * Which token a load is to use, by libbpf's rules (`bpf_object_prepare_token` in src/libbpf.c): a path that is given, or
 * else the environment's, is mandatory, and '' is for none; otherwise what the usual place has is taken if it delegates.
 * In the initial user namespace there are no tokens, so nothing is tried there that was not asked for.
 *
 * @param path The caller's.
 * @param environment LIBBPF_BPF_TOKEN_PATH.
 */
export function tokenRequest(
  path: string | undefined,
  environment: string | undefined,
  initialNamespace = isInInitialUserNamespace,
): TokenRequest {
  const given = path ?? environment
  if (given === '') return { kind: 'none' }
  if (given !== undefined) return { kind: 'mandatory', path: given }
  return initialNamespace() === true ? { kind: 'none' } : { kind: 'optional', path: BPF_FS_PATH }
}

/**
 * The token, undefined where none is asked for, or an optional one is not to be had.
 *
 * @throws KernelError 'NO_TOKEN'; PermissionError
 */
export function openToken(kernel: Kernel, request: TokenRequest): FileDescriptor | undefined {
  if (request.kind === 'none') return undefined
  try {
    using bpffs = new FileDescriptor(kernel, kernel.open(request.path, O_RDONLY), request.path)
    return createToken(kernel, bpffs.fd)
  } catch (cause) {
    if (!(cause instanceof SyscallError)) throw cause
    if (request.kind === 'optional') return undefined
    throw noToken(request.path, cause)
  }
}

/** What the errnos of BPF_TOKEN_CREATE mean (`bpf_token_create` in kernel/bpf/token.c). */
const reasons: Readonly<Record<string, string>> = {
  ENOENT:
    'it delegates nothing; mount it with the options delegate_cmds, delegate_maps, delegate_progs and delegate_attachs',
  EOPNOTSUPP: 'tokens are for user namespaces, and this is the initial one; load without a token',
  EPERM:
    'it was mounted for another user namespace than that of this process, or the process lacks CAP_BPF in its namespace; ' +
    'mount it for this namespace, and run as root of it',
  EINVAL:
    'it is not the root of a BPF file system, or the kernel is older than 6.9; name the place where it is mounted',
}

function noToken(path: string, cause: SyscallError): KernelError | PermissionError {
  const why = cause.command === 'BPF_TOKEN_CREATE' ? reasons[cause.errnoName] : undefined
  const message = `cannot make a BPF token of ${path} (${cause.errnoName}): ${why ?? cause.message}`
  if (cause.errnoName === 'EPERM') return new PermissionError(message, [], { cause })
  return new KernelError('NO_TOKEN', message, { cause })
}

/** Where a command takes the flag that says that there is a token, and the token. */
interface TokenPlace {
  readonly flags: number
  readonly token: number
}

const places: ReadonlyMap<number, TokenPlace> = new Map([
  placeIn(MAP_CREATE, 'map_flags', 'map_token_fd'),
  placeIn(PROG_LOAD, 'prog_flags', 'prog_token_fd'),
  placeIn(BTF_LOAD, 'btf_flags', 'btf_token_fd'),
  placeIn(BTF_GET_FD_BY_ID, 'open_flags', 'fd_by_id_token_fd'),
])

function placeIn<const Table extends AttrTable>(
  table: Table,
  flags: Table['fields'][number]['name'],
  token: Table['fields'][number]['name'],
): readonly [number, TokenPlace] {
  const offsetOf = (name: string): number => table.fields.find((field) => field.name === name)?.offset ?? 0
  return [table.command, { flags: offsetOf(flags), token: offsetOf(token) }]
}

/** The kernel, with the token passed to every command that takes one; probes pass it as well. */
export function tokenKernel(kernel: Kernel, token: FileDescriptor): Kernel {
  return replaceBpf(kernel, (command, attr) => {
    const place = places.get(command)
    if (place === undefined) return kernel.bpf(command, attr)
    const tokened = withToken(attr, place, token.fd)
    try {
      return kernel.bpf(command, tokened)
    } finally {
      // What the kernel wrote belongs to the caller.
      attr.bytes.set(tokened.bytes.subarray(0, attr.bytes.length))
    }
  })
}

function withToken({ bytes, pointers }: EncodedAttr, { flags, token }: TokenPlace, fd: Fd): EncodedAttr {
  const longer = new Uint8Array(Math.max(bytes.length, token + 4))
  longer.set(bytes)
  const view = new DataView(longer.buffer)
  view.setUint32(flags, view.getUint32(flags, true) | bpf_map_create_flags.BPF_F_TOKEN_FD, true)
  view.setInt32(token, fd, true)
  return { bytes: longer, pointers }
}
