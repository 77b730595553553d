import { describe, expect, it } from 'vitest'
import { VOID } from '../../src/base/units.ts'
import { exit, loadImm64, movImm } from '../../src/insn/assemble.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { relocateAll } from './relocate_all.ts'
import type { RelocatedObject } from '../../src/relocate/relocated_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeObject } from '../object/object_writer.ts'

/** A program that refers to byte 24 of `.data.samples`, which has `u64 samples[1]`. */
function specOf(): ObjectSpec {
  const bytes = writeObject({
    types: (builder, { u64 = VOID, int = VOID }) => ({ samples: builder.addArray(u64, int, 1) }),
    data: { '.data.samples': [{ name: 'samples', type: 'samples', bytes: [9, 0, 0, 0, 0, 0, 0, 0] }] },
    programs: [
      {
        insns: [loadImm64(1, 24n), movImm(0, 0), exit()],
        relocations: [{ insn: 0, symbol: 'samples' }],
      },
    ],
  })
  return parseObject(bytes, 'test.bpf.o')
}

function relocated(spec: ObjectSpec, size: number): RelocatedObject {
  const map = spec.maps.get('.data.samples') ?? expect.fail('no map')
  map.valueSize = size
  return relocateAll(spec, { targetBtf: () => expect.fail('no type of the kernel is needed') })
}

describe('relocating an object with a data section that was resized', () => {
  it('takes references to what the section gained, and refuses those to what it lost', () => {
    const spec = specOf()
    expect(relocated(spec, 32).programs[0]?.mapReferences).toEqual([
      { insn: 0, map: '.data.samples', kind: 'value', offset: 24 },
    ])
    const error = bpfErrorOf('RELOCATION_BAD_TARGET', () => relocated(spec, 24))
    expect(error.message).toContain('it points to byte 24 of section .data.samples, which has 24 bytes')
  })

  it('hands on map, types and variables of the new size, and the instructions as they are', () => {
    const { btf, maps, variables, programs } = relocated(specOf(), 80)
    const datasec = btf?.find('.data.samples', 'datasec')
    expect(datasec?.size).toBe(80)
    expect(maps[0]).toMatchObject({ valueSize: 80, valueType: datasec?.id })
    expect([...(maps[0]?.contents ?? [])]).toEqual([9, ...new Array<number>(79).fill(0)])
    expect(variables).toMatchObject([{ name: 'samples', size: 80 }])
    expect(programs[0]?.insns).toEqual(relocated(specOf(), 32).programs[0]?.insns)
  })

  it('gives the same result however often, and results that later sizes do not reach', () => {
    const spec = specOf()
    const first = relocated(spec, 80)
    expect(relocated(spec, 80)).toEqual(first)
    const bytes = first.btf?.bytes.slice()
    relocated(spec, 800)
    expect(first.btf?.bytes).toEqual(bytes)
    expect(first.maps[0]?.contents).toHaveLength(80)
  })
})
