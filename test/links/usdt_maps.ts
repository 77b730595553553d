import type { TypeId } from '../../src/base/units.ts'
import type { BtfBuilder, MemberSpec } from '../../src/btf/encoder.ts'
import type { UsdtMaps } from '../../src/links/usdt_specs.ts'
import { addBasics, built } from '../btf/build.ts'
import type { BpfKernel } from '../loader/bpf_kernel.ts'

/** Which libbpf the object's <bpf/usdt.bpf.h> is from: since 1.7 there is room for a scaled index. */
export type UsdtHeader = 'libbpf 1.6' | 'libbpf 1.7'

/** The maps of an object with that header, as far as a fake kernel has them. */
export function usdtMaps(kernel: BpfKernel, header: UsdtHeader, maxEntries = 256): UsdtMaps {
  const { btf, ids: valueType } = built((builder) => addSpec(builder, header))
  return {
    btf,
    specs: { fd: kernel.allocate('specs'), maxEntries, valueType },
    addresses: { fd: kernel.allocate('addresses') },
  }
}

/** `struct __bpf_usdt_spec` with the types as clang writes them for x86-64 and BPF alike. */
function addSpec(builder: BtfBuilder, header: UsdtHeader): TypeId {
  const { u32, u64, char } = addBasics(builder)
  const short = builder.addInt('short', 2, { encoding: 'signed' })
  const u16 = builder.addInt('unsigned short', 2)
  const bool = builder.addInt('_Bool', 1, { encoding: 'bool' })
  const kind = builder.addEnum('__bpf_usdt_arg_type', {
    size: 4,
    signed: false,
    enumerators: ['CONST', 'REG', 'REG_DEREF', 'SIB'].map((name, index) => ({
      name: `BPF_USDT_ARG_${name}`,
      value: BigInt(index),
    })),
  })
  const index: readonly MemberSpec[] = [
    { name: 'idx_reg_off', type: u16, bitOffset: 80, bitfieldSize: 12 },
    { name: 'scale_bitshift', type: u16, bitOffset: 92, bitfieldSize: 4 },
  ]
  const isNew = header === 'libbpf 1.7'
  const rest = isNew ? 112 : 96
  const argument = builder.addStruct('__bpf_usdt_arg_spec', isNew ? 24 : 16, [
    { name: 'val_off', type: u64, bitOffset: 0 },
    { name: 'arg_type', type: kind, bitOffset: 64, ...(isNew ? { bitfieldSize: 8 } : {}) },
    ...(isNew ? index : []),
    { name: 'reg_off', type: short, bitOffset: rest },
    { name: 'arg_signed', type: bool, bitOffset: rest + 16 },
    { name: 'arg_bitshift', type: char, bitOffset: rest + 24 },
  ])
  const size = (isNew ? 24 : 16) * 12
  return builder.addStruct('__bpf_usdt_spec', size + 16, [
    { name: 'args', type: builder.addArray(argument, u32, 12), bitOffset: 0 },
    { name: 'usdt_cookie', type: u64, bitOffset: size * 8 },
    { name: 'arg_cnt', type: short, bitOffset: (size + 8) * 8 },
  ])
}
