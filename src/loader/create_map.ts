import { bpf_map_create_flags, bpf_map_type, bpf_prog_type } from '../abi/generated/bpf.ts'
import { objectName } from '../abi/object_name.ts'
import type { Fd, TypeId } from '../base/units.ts'
import { createMap } from '../kernel/bpf_calls.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { hasMmapableArrays } from '../kernel/probes/map_features.ts'
import { loadTrivialProgram, RETURN_0 } from '../kernel/probes/trivial_program.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import type { MapShape } from '../object/map_spec.ts'

const { BPF_F_MMAPABLE, BPF_F_NUMA_NODE, BPF_F_VTYPE_BTF_OBJ_FD } = bpf_map_create_flags

/**
 * Map types that the kernel creates without key and value types only; it answers ENOTSUPP or EINVAL otherwise. The list
 * is that of `bpf_object__create_map` in libbpf's src/libbpf.c 1.6, and the ring buffers, whose values have no size.
 */
const typesWithoutBtf: ReadonlySet<number> = new Set([
  bpf_map_type.BPF_MAP_TYPE_PERF_EVENT_ARRAY,
  bpf_map_type.BPF_MAP_TYPE_CGROUP_ARRAY,
  bpf_map_type.BPF_MAP_TYPE_STACK_TRACE,
  bpf_map_type.BPF_MAP_TYPE_ARRAY_OF_MAPS,
  bpf_map_type.BPF_MAP_TYPE_HASH_OF_MAPS,
  bpf_map_type.BPF_MAP_TYPE_DEVMAP,
  bpf_map_type.BPF_MAP_TYPE_DEVMAP_HASH,
  bpf_map_type.BPF_MAP_TYPE_CPUMAP,
  bpf_map_type.BPF_MAP_TYPE_XSKMAP,
  bpf_map_type.BPF_MAP_TYPE_SOCKMAP,
  bpf_map_type.BPF_MAP_TYPE_SOCKHASH,
  bpf_map_type.BPF_MAP_TYPE_QUEUE,
  bpf_map_type.BPF_MAP_TYPE_STACK,
  bpf_map_type.BPF_MAP_TYPE_RINGBUF,
  bpf_map_type.BPF_MAP_TYPE_USER_RINGBUF,
  bpf_map_type.BPF_MAP_TYPE_ARENA,
])

/** Answers that a second request without types would not change. */
const unrelatedToTypes: ReadonlySet<string> = new Set(['EPERM', 'ENOMEM', 'EMFILE', 'ENFILE'])

/** `struct bpf_struct_ops_NAME`. */
export interface KernelValueType {
  readonly type: TypeId
  /** The BTF of the module that has it; undefined where vmlinux has it. */
  readonly module: Fd | undefined
}

/** One map that is to be created. */
export interface MapRequest {
  readonly shape: MapShape
  /** What the kernel is to call it, of any length. */
  readonly kernelName: string
  /** The object's types. */
  readonly btf: FileDescriptor | undefined
  /** For a map of maps: one like those that it is to hold. */
  readonly inner: FileDescriptor | undefined
  /** For a struct_ops map: the type of its value among the kernel's. */
  readonly kernelValue?: KernelValueType | undefined
  /** Flags that the map is as good without; they are left out where the kernel does not know them. */
  readonly dispensableFlags: number
}

/**
 * Creates a map as well as this kernel can: without BPF_F_MMAPABLE where it is dispensable and not known, and without the
 * types of keys and values where the kernel does not like them, since they only serve who looks at the map.
 *
 * @throws SyscallError
 */
export function requestMap(kernel: Kernel, request: MapRequest): FileDescriptor {
  if (request.kernelValue === undefined) return requestWithFallbacks(kernel, request)
  try {
    return requestWithFallbacks(kernel, request)
  } catch (error) {
    if (!(error instanceof SyscallError) || error.errnoName !== 'ENOTSUPP') throw error
    readKernelTypes(kernel)
    return requestWithFallbacks(kernel, request)
  }
}

/**
 * Makes the kernel read its own BTF, which it does when it verifies the first program (`bpf_check` in kernel/bpf/verifier.c, Linux 5.10).
 * Until then Linux 5.10 knows no struct_ops, and answers ENOTSUPP to their maps.
 */
function readKernelTypes(kernel: Kernel): void {
  loadTrivialProgram(kernel, bpf_prog_type.BPF_PROG_TYPE_SOCKET_FILTER, RETURN_0).close()
}

function requestWithFallbacks(kernel: Kernel, request: MapRequest): FileDescriptor {
  const typed = hasTypes(request)
  try {
    return create(kernel, request, request.shape.flags, typed ? request.btf : undefined)
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    const flags = usableFlags(kernel, request, error)
    const changed = flags !== request.shape.flags
    if (!changed && (!typed || unrelatedToTypes.has(error.errnoName))) throw error
    return changed && typed ? retryTyped(kernel, request, flags) : create(kernel, request, flags, undefined)
  }
}

function retryTyped(kernel: Kernel, request: MapRequest, flags: number): FileDescriptor {
  try {
    return create(kernel, request, flags, request.btf)
  } catch (error) {
    if (!(error instanceof SyscallError) || unrelatedToTypes.has(error.errnoName)) throw error
    return create(kernel, request, flags, undefined)
  }
}

function hasTypes({ shape, btf }: MapRequest): boolean {
  return (
    btf !== undefined && !typesWithoutBtf.has(shape.type) && (shape.keyType !== 0 || shape.valueType !== 0)
  )
}

function usableFlags(kernel: Kernel, { shape, dispensableFlags }: MapRequest, error: SyscallError): number {
  const mayBeUnknown = error.errnoName === 'EINVAL' && (shape.flags & dispensableFlags & BPF_F_MMAPABLE) !== 0
  if (!mayBeUnknown || hasMmapableArrays(kernel).kind !== 'not there') return shape.flags
  return shape.flags & ~BPF_F_MMAPABLE
}

function create(
  kernel: Kernel,
  { shape, kernelName, inner, kernelValue, btf: ownTypes }: MapRequest,
  flags: number,
  btf: FileDescriptor | undefined,
): FileDescriptor {
  return createMap(kernel, {
    map_type: shape.type,
    key_size: shape.keySize,
    value_size: shape.valueSize,
    max_entries: shape.maxEntries,
    map_flags: flags,
    inner_map_fd: inner?.fd,
    // Without the flag the kernel ignores the node.
    numa_node: (flags & BPF_F_NUMA_NODE) === 0 ? 0 : shape.numaNode,
    map_name: objectName(kernelName),
    map_extra: shape.mapExtra,
    ...(btf === undefined
      ? {}
      : { btf_fd: btf.fd, btf_key_type_id: shape.keyType, btf_value_type_id: shape.valueType }),
    ...(kernelValue === undefined ? {} : kernelValueFields(kernelValue, flags, ownTypes)),
  })
}

/** The kernel takes the type of the value among its own with the object's BTF beside it (`map_create`, kernel/bpf/syscall.c). */
function kernelValueFields(
  { type, module }: KernelValueType,
  flags: number,
  btf: FileDescriptor | undefined,
): Partial<Parameters<typeof createMap>[1]> {
  return {
    btf_fd: btf?.fd,
    btf_vmlinux_value_type_id: type,
    ...(module === undefined
      ? {}
      : { map_flags: flags | BPF_F_VTYPE_BTF_OBJ_FD, value_type_btf_obj_fd: module }),
  }
}
