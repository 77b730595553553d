import { describe, expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import { call, callKfunc, callSubprogram, loadImm64, loadWide } from '../../src/insn/assemble.ts'
import { BPF_PSEUDO_BTF_ID } from '../../src/insn/opcodes.ts'
import { callOf, loadOf } from '../../src/relocate/extern_patch.ts'
import type { ExternResolution } from '../../src/relocate/extern_resolution.ts'

const found: ExternResolution = { kind: 'kernel type', id: typeId(1234), module: 'nf', fdIndex: 2 }
const missing: ExternResolution = { kind: 'missing' }

describe('callOf', () => {
  it('calls the kernel’s function by its number, and by the place of its module in fd_array', () => {
    expect(callOf(callSubprogram(-1), 7, found)).toEqual([callKfunc(1234, 2)])
  })

  it('poisons the call of a function that is missing, by its place among the externs', () => {
    expect(callOf(callSubprogram(-1), 7, missing)).toEqual([call(2_002_000_007)])
  })
})

describe('loadOf', () => {
  it('loads the address of a function or variable by its number; the descriptor of its module is still open', () => {
    expect(loadOf(loadImm64(3, 0n), found)).toEqual(loadWide(3, BPF_PSEUDO_BTF_ID, 1234, 0))
  })

  it('loads an address', () => {
    const address = 0xffff_ffff_8123_4567n
    expect(loadOf(loadImm64(3, 0n), { kind: 'address', address })).toEqual(loadImm64(3, address))
  })

  it('loads null for what is missing', () => {
    expect(loadOf(loadImm64(3, 0n), missing)).toEqual(loadImm64(3, 0n))
  })
})
