import { LINK_CREATE_KPROBE_MULTI } from '../abi/tracing_attr.ts'
import { encodeAttr } from '../abi/encode_attr.ts'
import type { PointerSlot } from '../abi/encoded_attr.ts'
import { cString } from '../abi/object_name.ts'
import { fdNumber, type Fd } from '../base/units.ts'
import { FileDescriptor } from './file_descriptor.ts'
import type { Kernel } from './kernel.ts'

/** An enumerator without an enum's name in include/uapi/linux/bpf.h, Linux 5.18. */
const BPF_F_KPROBE_MULTI_RETURN = 1 << 0

/** The functions of one link, by names or by addresses. */
export type KprobeSet =
  | { readonly by: 'name'; readonly names: readonly string[]; readonly cookies: readonly bigint[] }
  | { readonly by: 'address'; readonly addresses: readonly bigint[] }

/**
 * BPF_LINK_CREATE with BPF_TRACE_KPROBE_MULTI (Linux 5.18) or BPF_TRACE_KPROBE_SESSION (6.10): attaches a program to many kernel
 * functions.
 *
 * @param at Only 'return' is said to the kernel; what else there is follows from the attach type.
 */
export function createKprobeMultiLink(
  kernel: Kernel,
  link: { readonly program: Fd; readonly attachType: number; readonly at: 'entry' | 'return' | 'session' },
  set: KprobeSet,
): FileDescriptor {
  const { bytes, pointers } = encodeAttr(LINK_CREATE_KPROBE_MULTI, {
    prog_fd: link.program,
    attach_type: link.attachType,
    'kprobe_multi.flags': link.at === 'return' ? BPF_F_KPROBE_MULTI_RETURN : 0,
    ...placesOf(set),
  })
  const names = set.by === 'name' ? namePointers(set.names) : []
  const filled = pointers.map((slot) =>
    slot.field === 'kprobe_multi.syms' ? { ...slot, pointers: names } : slot,
  )
  const fd = kernel.bpf(LINK_CREATE_KPROBE_MULTI.command, { bytes, pointers: filled })
  return new FileDescriptor(kernel, fdNumber(fd), 'link')
}

function placesOf(set: KprobeSet): {
  readonly 'kprobe_multi.cnt': number
  readonly 'kprobe_multi.syms'?: Uint8Array
  readonly 'kprobe_multi.addrs'?: Uint8Array
  readonly 'kprobe_multi.cookies'?: Uint8Array
} {
  if (set.by === 'address') {
    return { 'kprobe_multi.cnt': set.addresses.length, 'kprobe_multi.addrs': words(set.addresses) }
  }
  return {
    'kprobe_multi.cnt': set.names.length,
    'kprobe_multi.syms': new Uint8Array(set.names.length * WORD),
    ...(set.cookies.every((cookie) => cookie === 0n) ? {} : { 'kprobe_multi.cookies': words(set.cookies) }),
  }
}

/** Bytes of an address and of a cookie. */
const WORD = 8

const words = (values: readonly bigint[]): Uint8Array => new Uint8Array(new BigUint64Array(values).buffer)

const namePointers = (names: readonly string[]): readonly PointerSlot[] =>
  names.map((name, index) => ({ field: name, offset: index * WORD, target: cString(name) }))
