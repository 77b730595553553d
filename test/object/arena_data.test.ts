import { describe, expect, it } from 'vitest'
import { bpf_map_type } from '../../src/abi/generated/bpf.ts'
import { SHF_ALLOC, SHF_WRITE, SHT_NOBITS } from '../../src/elf/constants.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { type MapDescription, type ObjectDescription, writeObject } from './object_writer.ts'

const arena = (name: string): MapDescription => ({
  name,
  uints: { type: bpf_map_type.BPF_MAP_TYPE_ARENA, max_entries: 4, map_flags: 1 << 10 },
})

const parse = (changes: Partial<ObjectDescription> = {}): ObjectSpec =>
  parseObject(
    writeObject({
      maps: [arena('arena')],
      data: { '.addr_space.1': [{ name: 'count', type: 'u32', bytes: [5, 0, 0, 0] }] },
      ...changes,
    }),
    'arena.bpf.o',
  )

describe('__arena variables', () => {
  it('are global variables, whose section goes into the arena', () => {
    const spec = parse()
    expect(spec.arenaData).toMatchObject({ arena: 'arena' })
    expect([...spec.maps.keys()]).toEqual(['arena'])
    expect(spec.globals).toEqual({ count: 5 })
    spec.globals['count'] = 6
    expect([...spec.arenaData!.map.contents.subarray(0, 4)]).toEqual([6, 0, 0, 0])
  })

  it('have no arena where the object defines none, or several', () => {
    expect(parse({ maps: [] }).arenaData).toMatchObject({ arena: undefined })
    expect(parse({ maps: [arena('one'), arena('two')] }).arenaData).toMatchObject({ arena: undefined })
  })

  it('may be zeros that take no room in the file, up to a limit', () => {
    const zeros = (size: number): ObjectSpec =>
      parse({
        data: {},
        extraSections: [{ name: '.addr_space.1', type: SHT_NOBITS, flags: SHF_ALLOC | SHF_WRITE, size }],
      })
    expect(zeros(16).arenaData?.map.contents).toEqual(new Uint8Array(16))
    bpfErrorOf('OBJECT_UNSUPPORTED', () => zeros(0x2000_0000))
  })

  it('are none where the object has no such section', () => {
    expect(parse({ data: {} }).arenaData).toBeUndefined()
  })
})
