import { MAP_GET_FD_BY_ID, MAP_GET_NEXT_ID, OBJ_GET } from '../abi/bpf_attr.ts'
import { decodeAttr } from '../abi/decode_attr.ts'
import { encodeAttr } from '../abi/encode_attr.ts'
import { cString } from '../abi/object_name.ts'
import { fdNumber } from '../base/units.ts'
import { FileDescriptor } from './file_descriptor.ts'
import type { Kernel } from './kernel.ts'
import { SyscallError } from './syscall_error.ts'

/** The commands of bpf(2) that find maps which are there already. */

/**
 * BPF_MAP_GET_NEXT_ID (Linux 4.13): the id of the map after `id`, which is 0 for the first; undefined behind the last. Needs
 * CAP_SYS_ADMIN.
 */
export function nextMapId(kernel: Kernel, id: number): number | undefined {
  const attr = encodeAttr(MAP_GET_NEXT_ID, { start_id: id })
  return unlessAbsent(() => {
    kernel.bpf(MAP_GET_NEXT_ID.command, attr)
    return decodeAttr(MAP_GET_NEXT_ID, attr.bytes).next_id
  })
}

/**
 * BPF_MAP_GET_FD_BY_ID (Linux 4.13): undefined where the map has gone. Needs CAP_SYS_ADMIN.
 *
 * @param openFlags BPF_F_RDONLY, BPF_F_WRONLY (Linux 4.15) or 0.
 */
export function openMapById(kernel: Kernel, id: number, openFlags: number): FileDescriptor | undefined {
  const attr = encodeAttr(MAP_GET_FD_BY_ID, { map_id: id, open_flags: openFlags })
  return unlessAbsent(
    () => new FileDescriptor(kernel, fdNumber(kernel.bpf(MAP_GET_FD_BY_ID.command, attr)), `map ${id}`),
  )
}

/** BPF_OBJ_GET (Linux 4.4) with flags as `openMapById`: undefined where there is no such file. */
export function openPinnedMap(kernel: Kernel, path: string, openFlags: number): FileDescriptor | undefined {
  const attr = encodeAttr(OBJ_GET, { pathname: cString(path), file_flags: openFlags })
  return unlessAbsent(
    () => new FileDescriptor(kernel, fdNumber(kernel.bpf(OBJ_GET.command, attr)), `map ${path}`),
  )
}

function unlessAbsent<Result>(call: () => Result): Result | undefined {
  try {
    return call()
  } catch (error) {
    if (error instanceof SyscallError && error.errnoName === 'ENOENT') return undefined
    throw error
  }
}
