import * as koffi from 'koffi'
import {
  OBJ_GET,
  OBJ_GET_INFO_BY_FD,
  BTF_GET_FD_BY_ID,
  MAP_GET_FD_BY_ID,
  PROG_GET_FD_BY_ID,
} from '../../src/abi/bpf_attr.ts'
import type { AttrTable, AttrValues } from '../../src/abi/attr_table.ts'
import { BPF_BTF_INFO, BPF_MAP_INFO, BPF_PROG_INFO } from '../../src/abi/bpf_info.ts'
import { decodeAttr } from '../../src/abi/decode_attr.ts'
import { encodeAttr } from '../../src/abi/encode_attr.ts'
import { cString } from '../../src/abi/object_name.ts'
import { fdNumber, type Fd } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { infoByFd } from '../../src/kernel/bpf_calls.ts'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'

/**
 * What the kernel says about its programs, maps and BTF, with the parts that it writes into buffers of the caller's:
 * the tables of src/abi/bpf_info.ts leave those out, because the addresses lie inside of the info.
 */

/** `struct bpf_prog_info`, include/uapi/linux/bpf.h, Linux 6.18: where the parts lie that come in buffers. */
const PROG_INFO = {
  size: 232,
  gplCompatible: 84,
  attachBtfId: 224,
  xlated: { length: 20, address: 32 },
  maps: { count: 52, address: 56 },
  funcInfo: { count: 144, recordSize: 132, address: 136 },
  lineInfo: { count: 148, recordSize: 172, address: 152 },
} as const

export interface ProgramInfo {
  readonly type: number
  readonly name: string
  /** SHA-1 of the instructions as the loader sent them, map descriptors zeroed. */
  readonly tag: string
  readonly gplCompatible: boolean
  readonly attachBtfId: number
  readonly btfId: number
  readonly mapIds: readonly number[]
  /** The instructions after the verifier rewrote them. */
  readonly xlated: Uint8Array
  readonly funcInfo: Records
  readonly lineInfo: Records
}

export interface Records {
  readonly recordSize: number
  readonly count: number
  readonly bytes: Uint8Array
}

/** @throws SyscallError */
export function programInfo(kernel: Kernel, fd: Fd): ProgramInfo {
  const sizes = new Uint8Array(PROG_INFO.size)
  getInfo(kernel, fd, sizes)
  const known = new DataView(sizes.buffer)
  const word = (offset: number): number => known.getUint32(offset, true)

  const request = new Uint8Array(PROG_INFO.size)
  const view = new DataView(request.buffer)
  const buffer = (offset: number, length: number): Uint8Array => {
    // An empty array has no address; the kernel writes nothing then.
    const bytes = new Uint8Array(Math.max(length, 8))
    view.setBigUint64(offset, koffi.address(bytes), true)
    return bytes.subarray(0, length)
  }
  const records = ({
    count,
    recordSize,
    address,
  }: typeof PROG_INFO.funcInfo | typeof PROG_INFO.lineInfo): Records => {
    view.setUint32(count, word(count), true)
    view.setUint32(recordSize, word(recordSize), true)
    const bytes = buffer(address, word(count) * word(recordSize))
    return { recordSize: word(recordSize), count: word(count), bytes }
  }
  view.setUint32(PROG_INFO.xlated.length, word(PROG_INFO.xlated.length), true)
  view.setUint32(PROG_INFO.maps.count, word(PROG_INFO.maps.count), true)
  const xlated = buffer(PROG_INFO.xlated.address, word(PROG_INFO.xlated.length))
  const maps = buffer(PROG_INFO.maps.address, word(PROG_INFO.maps.count) * 4)
  const funcInfo = records(PROG_INFO.funcInfo)
  const lineInfo = records(PROG_INFO.lineInfo)
  getInfo(kernel, fd, request)

  const { type, name, tag, btf_id } = decodeAttr(BPF_PROG_INFO, request)
  return {
    type,
    name,
    tag: Buffer.from(tag).toString('hex'),
    gplCompatible: (word(PROG_INFO.gplCompatible) & 1) === 1,
    attachBtfId: word(PROG_INFO.attachBtfId),
    btfId: btf_id,
    mapIds: [...new Uint32Array(maps.slice().buffer)],
    xlated,
    funcInfo,
    lineInfo,
  }
}

export type MapInfo = ReturnType<typeof mapInfo>

/** @throws SyscallError */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the table's fields, by their names
export function mapInfo(kernel: Kernel, fd: Fd) {
  return infoByFd(kernel, fd, BPF_MAP_INFO)
}

/** The types that were loaded with this id; undefined for 0, which stands for none. */
export function btfById(kernel: Kernel, id: number): Btf | undefined {
  if (id === 0) return undefined
  using descriptor = byId(kernel, BTF_GET_FD_BY_ID, { btf_id: id })
  const info = new Uint8Array(32)
  getInfo(kernel, descriptor.fd, info)
  const bytes = new Uint8Array(decodeAttr(BPF_BTF_INFO, info).btf_size)
  const request = new Uint8Array(32)
  const view = new DataView(request.buffer)
  view.setBigUint64(0, koffi.address(bytes), true)
  view.setUint32(8, bytes.length, true)
  getInfo(kernel, descriptor.fd, request)
  return Btf.parse(bytes, { name: `BTF ${id}` })
}

export function mapById(kernel: Kernel, id: number): FileDescriptor {
  return byId(kernel, MAP_GET_FD_BY_ID, { map_id: id })
}

export function programById(kernel: Kernel, id: number): FileDescriptor {
  return byId(kernel, PROG_GET_FD_BY_ID, { prog_id: id })
}

/** Opens what is pinned at `path`. */
export function openPinned(kernel: Kernel, path: string): FileDescriptor {
  return byId(kernel, OBJ_GET, { pathname: cString(path) })
}

function byId<const Table extends AttrTable>(
  kernel: Kernel,
  table: Table,
  values: AttrValues<Table>,
): FileDescriptor {
  return new FileDescriptor(
    kernel,
    fdNumber(kernel.bpf(table.command, encodeAttr(table, values))),
    table.name,
  )
}

function getInfo(kernel: Kernel, fd: Fd, info: Uint8Array): void {
  const values = { bpf_fd: fd, info_len: info.length, info }
  kernel.bpf(OBJ_GET_INFO_BY_FD.command, encodeAttr(OBJ_GET_INFO_BY_FD, values))
}
