import type { EncodedAttr } from '../../src/abi/encoded_attr.ts'
import type { BpfKernel } from './bpf_kernel.ts'
import { fail, u32 } from './bpf_kernel.ts'

/** A BTF that a fake kernel has. */
export interface FakeBtf {
  readonly id: number
  readonly name: string
  readonly bytes: Uint8Array
  readonly origin: 'kernel' | 'user'
  /** The errno that opening it answers. */
  readonly refused?: number
}

const ENOENT = 2
const ENOSPC = 28

/** Has the kernel answer for these BTFs as bpf(2) does (btf_get_info_by_fd in kernel/bpf/btf.c). */
export function haveBtfs(kernel: BpfKernel, btfs: readonly FakeBtf[]): void {
  const opened = new Map<number, FakeBtf>()
  kernel.answers.BPF_BTF_GET_NEXT_ID = (attr) => {
    const next = btfs.find(({ id }) => id > u32(attr, 0)) ?? fail('bpf', 'BPF_BTF_GET_NEXT_ID', ENOENT)
    new DataView(attr.bytes.buffer).setUint32(4, next.id, true)
    return 0
  }
  kernel.answers.BPF_BTF_GET_FD_BY_ID = (attr) => {
    const btf = btfs.find(({ id }) => id === u32(attr, 0)) ?? fail('bpf', 'BPF_BTF_GET_FD_BY_ID', ENOENT)
    if (btf.refused !== undefined) fail('bpf', 'BPF_BTF_GET_FD_BY_ID', btf.refused)
    const fd = kernel.allocate(`BTF ${btf.id}`)
    opened.set(fd, btf)
    return fd
  }
  kernel.answers.BPF_OBJ_GET_INFO_BY_FD = (attr) => {
    const btf = opened.get(u32(attr, 0)) ?? fail('bpf', 'BPF_OBJ_GET_INFO_BY_FD', 9)
    return answerInfo(attr, btf)
  }
}

function answerInfo(attr: EncodedAttr, { name, bytes, origin }: FakeBtf): number {
  const info = attr.pointers.find(({ field }) => field === 'info')
  if (info === undefined) throw new Error('no info buffer')
  const target = (field: string): Uint8Array | undefined =>
    info.pointers?.find((slot) => slot.field === field)?.target
  const view = new DataView(info.target.buffer, info.target.byteOffset, info.target.byteLength)
  const buffer = target('btf')
  buffer?.set(bytes.subarray(0, Math.min(buffer.length, view.getUint32(8, true))))
  view.setUint32(8, bytes.length, true)
  // Who asks for no name passes the shorter info of Linux 4.18.
  if (view.byteLength < 32) return 0
  const text = new TextEncoder().encode(`${name}\0`)
  if (text.length > view.getUint32(24, true)) fail('bpf', 'BPF_OBJ_GET_INFO_BY_FD', ENOSPC)
  target('name')?.set(text)
  view.setUint32(28, origin === 'kernel' ? 1 : 0, true)
  return 0
}
