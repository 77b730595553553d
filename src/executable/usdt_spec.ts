import { MAX_USDT_ARGUMENTS, type UsdtArgument, type UsdtLocation } from './usdt_arguments.ts'

/** `enum __bpf_usdt_arg_type` of <bpf/usdt.bpf.h>. */
const ARGUMENT_TYPES = { constant: 0, register: 1, memory: 2, indexed: 3 } as const satisfies Readonly<
  Record<UsdtLocation['kind'], number>
>

/** The members of `struct __bpf_usdt_arg_spec`; those of a scaled index came with libbpf 1.7, and are set for it alone. */
interface UsdtArgumentSpec {
  readonly val_off: bigint
  readonly arg_type: number
  readonly reg_off: number
  readonly arg_signed: boolean
  readonly arg_bitshift: number
  readonly idx_reg_off?: number
  readonly scale_bitshift?: number
}

/** The value of `struct __bpf_usdt_spec` for the places of a probe that have their arguments in the same places. */
export interface UsdtSpec {
  readonly args: readonly UsdtArgumentSpec[]
  readonly usdt_cookie: bigint
  readonly arg_cnt: number
}

/**
 * What bpf_usdt_arg(), bpf_usdt_arg_cnt() and bpf_usdt_cookie() of <bpf/usdt.bpf.h> read, as `parse_usdt_spec` in libbpf's
 * src/usdt.c fills it. It is written into the map by the types of the object, whose header may be of any release.
 */
export function usdtSpec(arguments_: readonly UsdtArgument[], cookie: bigint): UsdtSpec {
  const unused = Array.from({ length: MAX_USDT_ARGUMENTS - arguments_.length }, () => UNUSED)
  return { args: [...arguments_.map(specOf), ...unused], usdt_cookie: cookie, arg_cnt: arguments_.length }
}

const UNUSED: UsdtArgumentSpec = { val_off: 0n, arg_type: 0, reg_off: 0, arg_signed: false, arg_bitshift: 0 }

function specOf({ size, isSigned, location }: UsdtArgument): UsdtArgumentSpec {
  return {
    ...UNUSED,
    ...placeOf(location),
    arg_type: ARGUMENT_TYPES[location.kind],
    arg_signed: isSigned,
    // The program shifts the value up and down again by so many bits, which cuts off or repeats its sign.
    arg_bitshift: 64 - size * 8,
  }
}

function placeOf(location: UsdtLocation): Partial<UsdtArgumentSpec> {
  switch (location.kind) {
    case 'constant':
      return { val_off: BigInt.asUintN(64, location.value) }
    case 'register':
      return { reg_off: location.register }
    case 'memory':
      return { val_off: BigInt.asUintN(64, location.offset), reg_off: location.register }
    case 'indexed':
      return {
        val_off: BigInt.asUintN(64, location.offset),
        reg_off: location.register,
        idx_reg_off: location.index,
        scale_bitshift: Math.log2(location.scale),
      }
  }
}
