import { describe, expect, it } from 'vitest'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { Btf } from '../../src/btf/btf.ts'
import { compareSnapshots } from './compare.ts'
import type { ProgramSnapshot, Snapshot } from './snapshot.ts'
import { typeLabels, type TypeLabels } from './type_labels.ts'

const none = { recordSize: 8, count: 0, bytes: new Uint8Array() }

/** `ldimm64 r1 = imm` with this source register, then exit. */
function program(src: number, imm: number, nextImm: number, mapName = 'm'): ProgramSnapshot {
  const xlated = new Uint8Array(24)
  const view = new DataView(xlated.buffer)
  view.setUint8(0, 0x18)
  view.setUint8(1, (src << 4) | 1)
  view.setInt32(4, imm, true)
  view.setInt32(12, nextImm, true)
  view.setUint8(16, 0x95)
  const info = { type: 1, name: 'p', tag: 't', gplCompatible: true, attachBtfId: 0, btfId: 0 }
  return {
    info: { ...info, mapIds: [], xlated, funcInfo: none, lineInfo: none },
    mapNames: new Map([[imm, mapName]]),
    usesArena: false,
    funcInfo: [],
    lineInfo: [],
  }
}

const snapshot = (p: ProgramSnapshot, types?: TypeLabels): Snapshot => ({
  programs: new Map([['p', p]]),
  maps: [],
  types,
})

function labels(build: (builder: BtfBuilder) => unknown): TypeLabels {
  const builder = new BtfBuilder()
  build(builder)
  return typeLabels(Btf.parse(builder.finish({ endianness: 'little' }), { name: 'test' }))
}

describe('compareSnapshots', () => {
  it('takes addresses in an arena for the same where they differ by the same, whole pages', () => {
    const at = (...addresses: readonly bigint[]): Snapshot => {
      const parts = addresses.map((address) =>
        program(0, Number(BigInt.asIntN(32, address)), Number(address >> 32n)),
      )
      const xlated = Uint8Array.from(parts.flatMap(({ info }) => [...info.xlated.subarray(0, 16)]))
      const [first] = parts
      return snapshot({ ...first!, usesArena: true, info: { ...first!.info, xlated } })
    }
    const ours = at(0x7f00_0000_1008n, 0x7f00_0000_2010n)
    expect(compareSnapshots(ours, at(0x7e00_0000_4008n, 0x7e00_0000_5010n))).toEqual([])
    expect(compareSnapshots(ours, at(0x7e00_0000_4008n, 0x7e00_0000_5018n))).toHaveLength(1)
    expect(compareSnapshots(ours, at(0x7f00_0000_1010n, 0x7f00_0000_2018n))).toHaveLength(2)
    expect(compareSnapshots(at(0x1000n), at(0x2000n))).toHaveLength(1)
  })

  it('takes map ids for what they name', () => {
    expect(compareSnapshots(snapshot(program(1, 7, 0)), snapshot(program(1, 9, 0)))).toEqual([])
    const other = compareSnapshots(snapshot(program(1, 7, 0)), snapshot(program(1, 9, 0, 'another')))
    expect(other.join()).toContain('translated instruction 0')
  })

  it('tells offsets into a map value apart', () => {
    expect(compareSnapshots(snapshot(program(2, 7, 4)), snapshot(program(2, 9, 8)))).toHaveLength(1)
  })

  it('takes addresses of kernel memory for one another, and numbers not', () => {
    const address = (low: number): Snapshot => snapshot(program(0, low, -1))
    expect(compareSnapshots(address(0x1000), address(0x2000))).toEqual([])
    expect(compareSnapshots(snapshot(program(0, 1, 0)), snapshot(program(0, 2, 0)))).toHaveLength(1)
  })

  it('names a program that only one of them loads', () => {
    const empty: Snapshot = { programs: new Map(), maps: [], types: undefined }
    expect(compareSnapshots(snapshot(program(0, 0, 0)), empty)).toEqual(['program p: only rawbpf loads it'])
  })

  it('finds types the same in any order, and names those that differ', () => {
    const one = labels((b) => [b.addPtr(b.addInt('int', 4)), b.addInt('char', 1)])
    const same = labels((b) => [b.addInt('char', 1), b.addPtr(b.addInt('int', 4))])
    const other = labels((b) => [b.addInt('char', 1), b.addPtr(b.addInt('long', 8))])
    const p = program(0, 0, 0)
    expect(compareSnapshots(snapshot(p, one), snapshot(p, same))).toEqual([])
    expect(compareSnapshots(snapshot(p, one), snapshot(p, other)).join()).toContain('int "int"')
  })
})
