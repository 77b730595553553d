import { BtfBuilder } from '../../src/btf/encoder.ts'
import type { BpfKernel } from './bpf_kernel.ts'

/** Types of a program with the functions `handler`, which is type 4, and `other`, type 5. */
export function targetTypes(): Uint8Array {
  const builder = new BtfBuilder()
  const int = builder.addInt('int', 4, { encoding: 'signed' })
  builder.addPtr(int)
  const proto = builder.addFuncProto(int, [])
  builder.addFunc('handler', proto, 'global')
  builder.addFunc('other', proto, 'static')
  return builder.finish({ endianness: 'little' })
}

/** `struct bpf_prog_info`: where `btf_id` is. */
const PROG_INFO_BTF_ID = 128

/** Has the kernel say that every program was loaded with this BTF; what asks about a BTF is answered as before. */
export function withBtf(kernel: BpfKernel, btfId: number): void {
  const others = kernel.answers.BPF_OBJ_GET_INFO_BY_FD
  kernel.answers.BPF_OBJ_GET_INFO_BY_FD = (attr) => {
    const info = attr.pointers.find(({ field }) => field === 'info')
    if (info === undefined || info.target.length < PROG_INFO_BTF_ID) return others?.(attr) ?? 0
    new DataView(info.target.buffer).setUint32(PROG_INFO_BTF_ID, btfId, true)
    return 0
  }
}
