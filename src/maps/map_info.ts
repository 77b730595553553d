import { BPF_MAP_INFO } from '../abi/bpf_info.ts'
import { O_RDONLY } from '../abi/syscall_flags.ts'
import type { Fd } from '../base/units.ts'
import { infoByFd } from '../kernel/bpf_calls.ts'
import { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import { type AnyMapKind, mapKindOf } from './map_kind.ts'

/** What the kernel says of a map (BPF_OBJ_GET_INFO_BY_FD, Linux 4.13). */
export interface MapInfo {
  /** Unique as long as the kernel runs: `openMap({ id })` finds the map by it. */
  readonly id: number
  readonly kind: AnyMapKind
  /** A number of `enum bpf_map_type`. */
  readonly type: number
  /** At most 15 bytes of the name that the map was given. */
  readonly name: string
  /** Bytes. */
  readonly keySize: number
  /** Bytes. */
  readonly valueSize: number
  readonly maxEntries: number
  /** `BPF_F_*` bits of BPF_MAP_CREATE. */
  readonly flags: number
  readonly mapExtra: bigint
  /** 0 for a map without BTF. */
  readonly btfId: number
  /** In that BTF; 0 for none. */
  readonly keyTypeId: number
  readonly valueTypeId: number
}

export function readMapInfo(kernel: Kernel, map: Fd): MapInfo {
  const info = infoByFd(kernel, map, BPF_MAP_INFO)
  return {
    id: info.id,
    kind: mapKindOf(info.type),
    type: info.type,
    name: info.name,
    keySize: info.key_size,
    valueSize: info.value_size,
    maxEntries: info.max_entries,
    flags: info.map_flags,
    mapExtra: info.map_extra,
    btfId: info.btf_id,
    keyTypeId: info.btf_key_type_id,
    valueTypeId: info.btf_value_type_id,
  }
}

/** More than the few lines of a map's fdinfo have. */
const FDINFO_BYTES = 4096

/** Whether user space can write the map no more (BPF_MAP_FREEZE), undefined where the kernel does not say. */
export function isFrozen(kernel: Kernel, map: Fd): boolean | undefined {
  const frozen = /^frozen:\s*(\d)$/m.exec(readFdInfo(kernel, map) ?? '')?.[1]
  return frozen === undefined ? undefined : frozen === '1'
}

/** Whether a descriptor, as of something pinned, is a map's; undefined where the kernel does not say. */
export function isMap(kernel: Kernel, fd: Fd): boolean | undefined {
  const text = readFdInfo(kernel, fd)
  return text === undefined ? undefined : /^map_type:/m.test(text)
}

/** `bpf_map_show_fdinfo` in kernel/bpf/syscall.c, Linux 6.18. */
function readFdInfo(kernel: Kernel, fd: Fd): string | undefined {
  const path = `/proc/self/fdinfo/${fd}`
  try {
    using file = new FileDescriptor(kernel, kernel.open(path, O_RDONLY), path)
    const buffer = new Uint8Array(FDINFO_BYTES)
    return new TextDecoder().decode(buffer.subarray(0, kernel.read(file.fd, buffer)))
  } catch (error) {
    if (error instanceof SyscallError) return undefined
    throw error
  }
}
