import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Endianness } from '../../src/base/reader.ts'
import { insnIndex } from '../../src/base/units.ts'
import type { Btf } from '../../src/btf/btf.ts'
import { isLdimm64 } from '../../src/insn/insn.ts'
import { InsnView } from '../../src/insn/insn_view.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import { built } from '../btf/build.ts'

/** The kernel's enums, with values of its own; `sign` is whether its BTF tells the sign of the signed one. */
function kernelBtf(sign: 'told' | 'not told'): Btf {
  return built((builder) => {
    builder.addEnum('unsigned_enum', {
      size: 4,
      signed: false,
      enumerators: [
        { name: 'TOP', value: 0x9000_0000n },
        { name: 'ALL', value: 0x7n },
      ],
    })
    builder.addEnum('signed_enum', {
      size: 4,
      signed: sign === 'told',
      enumerators: [
        { name: 'MINUS', value: -2n },
        { name: 'LEAST', value: -0x7000_0000n },
      ],
    })
  }).btf
}

/** What the program's 64-bit loads load, as unsigned numbers. */
function loadedBy(file: string, endianness: Endianness, target: Btf): readonly bigint[] {
  const object = parseObject(readFileSync(join(import.meta.dirname, '../fixtures/core', file)), file)
  const view = new InsnView(
    relocateObject(object, { targetBtf: () => target }).programs[0]?.insns ?? new Uint8Array(),
    endianness,
  )
  const values: bigint[] = []
  for (let slot = 0; slot + 1 < view.length; slot++) {
    if (!isLdimm64(view.get(insnIndex(slot)))) continue
    const high = BigInt(view.imm(insnIndex(slot + 1))) << 32n
    values.push(BigInt.asUintN(64, high | BigInt.asUintN(32, BigInt(view.imm(insnIndex(slot))))))
  }
  return values
}

describe('the values of enumerators, as compiled', () => {
  it.each([
    // Before LLVM 15, BTF did not tell the sign; the instruction does.
    ['signs.clang14.bpf.o', 'little', 'told'],
    ['signs.clang14.bpf.o', 'little', 'not told'],
    ['signs.clang19.bpf.o', 'little', 'told'],
    ['signs.clang19.bpf.o', 'little', 'not told'],
    ['signs.clang19-big.bpf.o', 'big', 'told'],
    ['signs.clang19-big.bpf.o', 'big', 'not told'],
  ] as const)(
    'are extended to 64 bits by their sign: %s (%s-endian, sign %s by the kernel)',
    (file, endianness, sign) => {
      expect(loadedBy(file, endianness, kernelBtf(sign))).toEqual([
        0x9000_0000n,
        0x7n,
        0xffff_ffff_ffff_fffen,
        0xffff_ffff_9000_0000n,
      ])
    },
  )
})
