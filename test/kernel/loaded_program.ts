import koffi from 'koffi'
import { BPF_MAP_INFO } from '../../src/abi/bpf_info.ts'
import { fdNumber, type Fd, insnIndex } from '../../src/base/units.ts'
import { isLdimm64 } from '../../src/insn/insn.ts'
import { InsnView } from '../../src/insn/insn_view.ts'
import { BPF_PSEUDO_FUNC, BPF_PSEUDO_MAP_FD, BPF_PSEUDO_MAP_VALUE } from '../../src/insn/opcodes.ts'
import { infoByFd } from '../../src/kernel/bpf_calls.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'

/** What the kernel made of a program, with nothing in it that differs between two loads of one object. */
export interface LoadedProgramPicture {
  readonly name: string
  /** One line for each slot of the translated instructions. */
  readonly insns: readonly string[]
  readonly funcInfo: string
  readonly lineInfo: string
}

const BPF_PROG_GET_FD_BY_ID = 13
const BPF_MAP_GET_FD_BY_ID = 14
const BPF_OBJ_GET_INFO_BY_FD = 15

/** Bytes of `struct bpf_prog_info`, and offsets in it; include/uapi/linux/bpf.h, Linux 6.18. */
const INFO_SIZE = 232
const INFO = {
  xlatedLength: 20,
  xlated: 32,
  mapCount: 52,
  mapIds: 56,
  name: 64,
  funcInfoSize: 132,
  funcInfo: 136,
  funcInfoCount: 144,
  lineInfoCount: 148,
  lineInfo: 152,
  lineInfoSize: 172,
} as const

export function programFdById(kernel: Kernel, id: number): Fd {
  return fdById(kernel, BPF_PROG_GET_FD_BY_ID, id)
}

function fdById(kernel: Kernel, command: number, id: number): Fd {
  const bytes = new Uint8Array(12)
  new DataView(bytes.buffer).setUint32(0, id, true)
  return fdNumber(kernel.bpf(command, { bytes, pointers: [] }))
}

export function photographProgram(kernel: Kernel, fd: Fd): LoadedProgramPicture {
  const sizes = readInfo(kernel, fd, new DataView(new ArrayBuffer(INFO_SIZE)))
  const length = (offset: number): number => sizes.getUint32(offset, true)
  const insns = new Uint8Array(length(INFO.xlatedLength))
  const mapIds = new Uint8Array(length(INFO.mapCount) * 4)
  const funcInfo = new Uint8Array(length(INFO.funcInfoCount) * length(INFO.funcInfoSize))
  const lineInfo = new Uint8Array(length(INFO.lineInfoCount) * length(INFO.lineInfoSize))
  const request = new DataView(new ArrayBuffer(INFO_SIZE))
  for (const offset of [
    INFO.xlatedLength,
    INFO.mapCount,
    INFO.funcInfoCount,
    INFO.funcInfoSize,
    INFO.lineInfoCount,
    INFO.lineInfoSize,
  ]) {
    request.setUint32(offset, length(offset), true)
  }
  for (const [offset, buffer] of [
    [INFO.xlated, insns],
    [INFO.mapIds, mapIds],
    [INFO.funcInfo, funcInfo],
    [INFO.lineInfo, lineInfo],
  ] as const) {
    request.setBigUint64(offset, buffer.length === 0 ? 0n : koffi.address(buffer), true)
  }
  const info = readInfo(kernel, fd, request)
  const name = new Uint8Array(info.buffer, INFO.name, 16)
  return {
    name: new TextDecoder().decode(name.subarray(0, name.indexOf(0))),
    insns: normalize(insns, mapNames(kernel, new Uint32Array(mapIds.buffer))),
    funcInfo: Buffer.from(funcInfo).toString('hex'),
    lineInfo: Buffer.from(lineInfo).toString('hex'),
  }
}

function readInfo(kernel: Kernel, fd: Fd, info: DataView<ArrayBuffer>): DataView<ArrayBuffer> {
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, fd, true)
  view.setUint32(4, INFO_SIZE, true)
  const target = new Uint8Array(info.buffer)
  kernel.bpf(BPF_OBJ_GET_INFO_BY_FD, { bytes, pointers: [{ field: 'info', offset: 8, target }] })
  return info
}

function mapNames(kernel: Kernel, ids: Uint32Array): ReadonlyMap<number, string> {
  return new Map(
    [...ids].map((id) => {
      const fd = fdById(kernel, BPF_MAP_GET_FD_BY_ID, id)
      try {
        return [id, infoByFd(kernel, fd, BPF_MAP_INFO).name]
      } finally {
        kernel.close(fd)
      }
    }),
  )
}

/** Maps by their names instead of their ids, and no addresses of the kernel's. */
function normalize(bytes: Uint8Array, maps: ReadonlyMap<number, string>): readonly string[] {
  const view = new InsnView(bytes)
  return Array.from({ length: view.length }, (_, index) => {
    const insn = view.get(insnIndex(index))
    const before = index > 0 ? view.get(insnIndex(index - 1)) : undefined
    const { code, dst, src, off } = insn
    const text = (imm: number | string): string => `${code} ${dst} ${src} ${off} ${imm}`
    if (isLdimm64(insn) && (src === BPF_PSEUDO_MAP_FD || src === BPF_PSEUDO_MAP_VALUE)) {
      return text(maps.get(insn.imm) ?? 'unknown map')
    }
    if (isLdimm64(insn) && isKernelAddress(view, index)) return text('address')
    return before !== undefined && isLdimm64(before) && isKernelAddress(view, index - 1)
      ? text('address')
      : text(insn.imm)
  })
}

/** The upper half of an address in the kernel's part of the address space, as x86-64 and arm64 have it. */
function isKernelAddress(view: InsnView, index: number): boolean {
  if (view.src(insnIndex(index)) === BPF_PSEUDO_FUNC || index + 1 >= view.length) return false
  return view.imm(insnIndex(index + 1)) >>> 16 === 0xffff
}
