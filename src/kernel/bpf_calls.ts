import type { AttrTable, AttrValues, StructTable, StructValues } from '../abi/attr_table.ts'
import { structSize } from '../abi/attr_table.ts'
import {
  BTF_GET_FD_BY_ID,
  BTF_GET_NEXT_ID,
  BTF_LOAD,
  BTF_LOAD_LOGGED,
  LINK_DETACH,
  LINK_UPDATE,
  MAP_CREATE,
  MAP_DELETE_ELEM,
  MAP_FREEZE,
  MAP_GET_NEXT_KEY,
  MAP_LOOKUP_ELEM,
  MAP_UPDATE_ELEM,
  OBJ_GET,
  OBJ_GET_INFO_BY_FD,
  OBJ_PIN,
  PROG_BIND_MAP,
  PROG_LOAD,
  PROG_LOAD_LOGGED,
  PROG_TEST_RUN,
  TOKEN_CREATE,
} from '../abi/bpf_attr.ts'
import { ITER_CREATE, RAW_TRACEPOINT_OPEN } from '../abi/tracing_attr.ts'
import { BPF_BTF_INFO_BUFFERS, BPF_BTF_INFO_BYTES } from '../abi/bpf_info.ts'
import { decodeAttr } from '../abi/decode_attr.ts'
import { encodeAttr } from '../abi/encode_attr.ts'
import type { EncodedAttr } from '../abi/encoded_attr.ts'
import { cString } from '../abi/object_name.ts'
import { fdNumber, type Fd } from '../base/units.ts'
import { FileDescriptor } from './file_descriptor.ts'
import type { Kernel } from './kernel.ts'
import type { KernelLog } from './kernel_log.ts'
import { SyscallError } from './syscall_error.ts'

/**
 * The commands of bpf(2) that a loader uses, typed. Each throws a SyscallError that names the command where the kernel
 * refuses, and an AbiError where a value does not fit its field.
 */

/** BPF_MAP_CREATE (Linux 3.18). */
export function createMap(kernel: Kernel, values: AttrValues<typeof MAP_CREATE>): FileDescriptor {
  const fd = fdNumber(issue(kernel, MAP_CREATE, values))
  return new FileDescriptor(kernel, fd, `map ${values.map_name ?? fd}`)
}

/** What BPF_PROG_LOAD is told of a program; a KernelLog has what is to be said of the log. */
export type ProgramValues = Omit<
  AttrValues<typeof PROG_LOAD>,
  'log_level' | 'log_size' | 'log_buf' | 'log_true_size'
>

/**
 * BPF_PROG_LOAD (Linux 3.18). The verifier gives up with EAGAIN where a signal is pending; then it is asked again, a few
 * times, as libbpf does.
 *
 * @param log Where the verifier's log goes, whether the call ends well or not.
 */
export function loadProgram(kernel: Kernel, values: ProgramValues, log?: KernelLog): FileDescriptor {
  for (let attempt = 1; ; attempt++) {
    try {
      const fd = fdNumber(log === undefined ? issue(kernel, PROG_LOAD, values) : verify(kernel, values, log))
      return new FileDescriptor(kernel, fd, `program ${values.prog_name ?? fd}`)
    } catch (error) {
      if (!hasErrno(error, 'EAGAIN') || attempt === PROG_LOAD_ATTEMPTS) throw error
    }
  }
}

const PROG_LOAD_ATTEMPTS = 5

function verify(kernel: Kernel, values: ProgramValues, log: KernelLog): number {
  const { level, buffer } = log
  const request = { ...values, log_level: level, log_size: buffer.length, log_buf: buffer }
  const attr = encodeAttr(PROG_LOAD_LOGGED, request)
  try {
    return kernel.bpf(PROG_LOAD_LOGGED.command, attr)
  } finally {
    log.trueSize = decodeAttr(PROG_LOAD_LOGGED, attr.bytes).log_true_size
  }
}

/** What BPF_BTF_LOAD is told of the types; a KernelLog has what is to be said of the log. */
export type BtfValues = Omit<
  AttrValues<typeof BTF_LOAD>,
  'btf_log_level' | 'btf_log_size' | 'btf_log_buf' | 'btf_log_true_size'
>

/**
 * BPF_BTF_LOAD (Linux 4.18).
 *
 * @param log Where the kernel's log of the types goes, whether the call ends well or not.
 */
export function loadBtf(kernel: Kernel, values: BtfValues, log?: KernelLog): FileDescriptor {
  const fd = fdNumber(log === undefined ? issue(kernel, BTF_LOAD, values) : check(kernel, values, log))
  return new FileDescriptor(kernel, fd, 'BTF')
}

function check(kernel: Kernel, values: BtfValues, log: KernelLog): number {
  const { level, buffer } = log
  const request = { ...values, btf_log_level: level, btf_log_size: buffer.length, btf_log_buf: buffer }
  const attr = encodeAttr(BTF_LOAD_LOGGED, request)
  try {
    return kernel.bpf(BTF_LOAD_LOGGED.command, attr)
  } finally {
    log.trueSize = decodeAttr(BTF_LOAD_LOGGED, attr.bytes).btf_log_true_size
  }
}

/** BPF_MAP_FREEZE (Linux 5.2): from now on user space cannot change the map. */
export function freezeMap(kernel: Kernel, map: Fd): void {
  issue(kernel, MAP_FREEZE, { map_fd: map })
}

/** BPF_PROG_BIND_MAP (Linux 5.10): the map lives as long as the program although no instruction names it. */
export function bindMap(kernel: Kernel, program: Fd, map: Fd): void {
  issue(kernel, PROG_BIND_MAP, { prog_fd: program, map_fd: map })
}

/** BPF_OBJ_PIN (Linux 4.4): gives a map, program or link a name in the BPF file system, which keeps it alive. */
export function pinObject(kernel: Kernel, fd: Fd, path: string): void {
  issue(kernel, OBJ_PIN, { pathname: cString(path), bpf_fd: fd })
}

/** BPF_OBJ_GET (Linux 4.4): the map, program or link that is pinned at `path`; undefined where there is no such file. */
export function getPinnedObject(kernel: Kernel, path: string): FileDescriptor | undefined {
  try {
    return new FileDescriptor(kernel, fdNumber(issue(kernel, OBJ_GET, { pathname: cString(path) })), path)
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

/** BPF_TOKEN_CREATE (Linux 6.9): a token of what the BPF file system whose root `bpffs` is open on delegates. */
export function createToken(kernel: Kernel, bpffs: Fd): FileDescriptor {
  return new FileDescriptor(kernel, fdNumber(issue(kernel, TOKEN_CREATE, { bpffs_fd: bpffs })), 'BPF token')
}

/** What a test run gave back. */
export interface TestRunResult {
  /** The program's return value, of the last run. */
  readonly retval: number
  /** Nanoseconds that one run took, on average. */
  readonly duration: number
  /** Bytes of the data after the last run; as many of them as were asked for are in `data_out`. */
  readonly dataSizeOut: number
  /** Bytes of the context after the last run. */
  readonly ctxSizeOut: number
}

/**
 * BPF_PROG_TEST_RUN (Linux 4.12), also called BPF_PROG_RUN: runs the program now, in the calling thread. ENOTSUPP means that its type cannot be run so (Documentation/bpf/bpf_prog_run.rst, Linux 6.18, lists those that can),
 * EINVAL that the data is too short for its type, ENOSPC that `data_out` is too small for the data.
 */
export function testRunProgram(kernel: Kernel, values: AttrValues<typeof PROG_TEST_RUN>): TestRunResult {
  const attr = encodeAttr(PROG_TEST_RUN, values)
  kernel.bpf(PROG_TEST_RUN.command, attr)
  const { retval, duration, data_size_out, ctx_size_out } = decodeAttr(PROG_TEST_RUN, attr.bytes)
  return { retval, duration, dataSizeOut: data_size_out, ctxSizeOut: ctx_size_out }
}

/**
 * BPF_LINK_CREATE (Linux 5.7): attaches a program, or a struct_ops map, for as long as the link is open or pinned.
 *
 * @param table The one whose fields the attach type takes: LINK_CREATE_PERF_EVENT, ..., or LINK_CREATE.
 */
export function createLink<const Table extends AttrTable>(
  kernel: Kernel,
  table: Table,
  values: AttrValues<Table>,
): FileDescriptor {
  return new FileDescriptor(kernel, fdNumber(issue(kernel, table, values)), 'link')
}

/**
 * BPF_RAW_TRACEPOINT_OPEN (Linux 4.17): attaches a program to a raw tracepoint by name, or without one to what it was verified
 * for (5.5). The descriptor is a link since 5.8.
 */
export function openRawTracepoint(
  kernel: Kernel,
  values: AttrValues<typeof RAW_TRACEPOINT_OPEN>,
): FileDescriptor {
  return new FileDescriptor(kernel, fdNumber(issue(kernel, RAW_TRACEPOINT_OPEN, values)), 'link')
}

/** BPF_ITER_CREATE (Linux 5.8): a file that reads what the link's iterator gives out, from the start. */
export function createIterator(kernel: Kernel, link: Fd): FileDescriptor {
  return new FileDescriptor(kernel, fdNumber(issue(kernel, ITER_CREATE, { link_fd: link })), 'iterator')
}

/** BPF_LINK_UPDATE (Linux 5.7): puts another program, or struct_ops map, in the place of a link's. */
export function updateLink(kernel: Kernel, values: AttrValues<typeof LINK_UPDATE>): void {
  issue(kernel, LINK_UPDATE, values)
}

/** BPF_LINK_DETACH (Linux 5.9): ends the attachment although the link stays open. */
export function detachLink(kernel: Kernel, link: Fd): void {
  issue(kernel, LINK_DETACH, { link_fd: link })
}

/** BPF_MAP_LOOKUP_ELEM: fills `value`, whose length has to be the map's value size (per cpu: of every possible cpu). */
export function lookupElement(
  kernel: Kernel,
  map: Fd,
  key: Uint8Array,
  value: Uint8Array,
): 'found' | 'missing' {
  return absentOn('ENOENT', () => issue(kernel, MAP_LOOKUP_ELEM, { map_fd: map, key, value }))
    ? 'missing'
    : 'found'
}

/** BPF_MAP_UPDATE_ELEM; `flags` are BPF_ANY = 0, BPF_NOEXIST, BPF_EXIST, BPF_F_LOCK. */
export function updateElement(
  kernel: Kernel,
  map: Fd,
  key: Uint8Array,
  value: Uint8Array,
  flags: number,
): void {
  issue(kernel, MAP_UPDATE_ELEM, { map_fd: map, key, value, flags })
}

/** BPF_MAP_DELETE_ELEM. */
export function deleteElement(kernel: Kernel, map: Fd, key: Uint8Array): 'deleted' | 'missing' {
  return absentOn('ENOENT', () => issue(kernel, MAP_DELETE_ELEM, { map_fd: map, key }))
    ? 'missing'
    : 'deleted'
}

/** BPF_MAP_GET_NEXT_KEY: fills `next` with the key behind `key`, or with the first one where `key` is undefined. */
export function nextKey(
  kernel: Kernel,
  map: Fd,
  key: Uint8Array | undefined,
  next: Uint8Array,
): 'found' | 'end' {
  const values = { map_fd: map, key, next_key: next }
  return absentOn('ENOENT', () => issue(kernel, MAP_GET_NEXT_KEY, values)) ? 'end' : 'found'
}

/**
 * BPF_OBJ_GET_INFO_BY_FD (Linux 4.13): decodes what the kernel says about the program, map, link or BTF behind `fd`.
 * `table` is the matching one of src/abi/bpf_info.ts. Fields that the kernel does not have yet read as zero.
 */
export function infoByFd<const Table extends StructTable>(
  kernel: Kernel,
  fd: Fd,
  table: Table,
): StructValues<Table> {
  const info = new Uint8Array(structSize(table))
  issue(kernel, OBJ_GET_INFO_BY_FD, { bpf_fd: fd, info_len: info.length, info })
  return decodeAttr(table, info)
}

/**
 * BPF_BTF_GET_NEXT_ID (Linux 5.2): the id of the BTF in the kernel after `id`, which is 0 for the first; undefined behind
 * the last. Needs CAP_SYS_ADMIN.
 */
export function nextBtfId(kernel: Kernel, id: number): number | undefined {
  const attr = encodeAttr(BTF_GET_NEXT_ID, { start_id: id })
  if (absentOn('ENOENT', () => kernel.bpf(BTF_GET_NEXT_ID.command, attr))) return undefined
  return decodeAttr(BTF_GET_NEXT_ID, attr.bytes).next_id
}

/** BPF_BTF_GET_FD_BY_ID (Linux 4.18): undefined where the BTF has gone. Needs CAP_SYS_ADMIN. */
export function openBtfById(kernel: Kernel, id: number): FileDescriptor | undefined {
  try {
    return new FileDescriptor(kernel, fdNumber(issue(kernel, BTF_GET_FD_BY_ID, { btf_id: id })), `BTF ${id}`)
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

/** What the kernel says of one of its BTFs. */
export interface KernelBtfInfo {
  /** `vmlinux`, a module's name, or '' where a program loaded it. */
  readonly name: string
  /** Bytes of the BTF. */
  readonly size: number
  readonly origin: 'kernel' | 'user'
}

/** Bytes, more than a module's name has; the kernel answers ENOSPC where a name does not fit. */
const BTF_NAME_SIZE = 128

/**
 * BPF_OBJ_GET_INFO_BY_FD of a BTF with its name, since Linux 5.11; E2BIG before.
 *
 * @param bytes Filled with the start of the BTF, as much as fits.
 */
export function btfInfo(kernel: Kernel, fd: Fd, bytes: Uint8Array = new Uint8Array()): KernelBtfInfo {
  const name = new Uint8Array(BTF_NAME_SIZE)
  const buffers = { btf: bytes, btf_size: bytes.length, name, name_len: name.length }
  const request = encodeAttr(BPF_BTF_INFO_BUFFERS, buffers)
  askInfo(kernel, fd, request)
  const { btf_size, kernel_btf } = decodeAttr(BPF_BTF_INFO_BUFFERS, request.bytes)
  const end = name.indexOf(0)
  return {
    name: new TextDecoder().decode(name.subarray(0, end === -1 ? name.length : end)),
    size: btf_size,
    origin: kernel_btf === 0 ? 'user' : 'kernel',
  }
}

/** BPF_OBJ_GET_INFO_BY_FD of a BTF (Linux 4.18): its bytes. */
export function btfBytes(kernel: Kernel, fd: Fd): Uint8Array {
  const { btf_size } = infoByFd(kernel, fd, BPF_BTF_INFO_BYTES)
  const btf = new Uint8Array(btf_size)
  askInfo(kernel, fd, encodeAttr(BPF_BTF_INFO_BYTES, { btf, btf_size }))
  return btf
}

/** BPF_OBJ_GET_INFO_BY_FD with an info that has addresses of buffers in it, where the kernel writes more. */
function askInfo(kernel: Kernel, fd: Fd, info: EncodedAttr): void {
  const values = { bpf_fd: fd, info_len: info.bytes.length, info: info.bytes }
  const { bytes, pointers } = encodeAttr(OBJ_GET_INFO_BY_FD, values)
  const nested = pointers.map((slot) => ({ ...slot, pointers: info.pointers }))
  kernel.bpf(OBJ_GET_INFO_BY_FD.command, { bytes, pointers: nested })
}

function issue<const Table extends AttrTable>(
  kernel: Kernel,
  table: Table,
  values: AttrValues<Table>,
): number {
  return kernel.bpf(table.command, encodeAttr(table, values))
}

/** Whether `call` was answered with `errno`, which then means that something is not there; other errors are thrown. */
function absentOn(errno: string, call: () => void): boolean {
  try {
    call()
    return false
  } catch (error) {
    if (hasErrno(error, errno)) return true
    throw error
  }
}

function hasErrno(error: unknown, name: string): boolean {
  return error instanceof SyscallError && error.errnoName === name
}
