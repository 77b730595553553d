import { describe, expect, it } from 'vitest'
import { bpf_map_create_flags, bpf_map_type } from '../../src/abi/generated/bpf.ts'
import { SHF_ALLOC, SHF_WRITE } from '../../src/elf/constants.ts'
import type { MapSpec } from '../../src/object/map_spec.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { addDemoOps, DEMO_SIZE, demoBytes, demoIn, demoOffsets, demoSpec } from './struct_ops_object.ts'

const mapOf = (changes: Parameters<typeof demoSpec>[0] = {}): MapSpec => demoSpec(changes).maps.get('demo')!

describe('a struct_ops map', () => {
  it('is a variable of a .struct_ops section', () => {
    const map = mapOf()
    expect(map).toMatchObject({
      type: bpf_map_type.BPF_MAP_TYPE_STRUCT_OPS,
      keySize: 4,
      valueSize: DEMO_SIZE,
      maxEntries: 1,
      flags: 0,
      autocreate: true,
      problem: undefined,
      origin: { kind: 'struct_ops', sectionName: '.struct_ops' },
    })
    expect([...map.contents]).toEqual(demoBytes())
    expect([...map.structOps!.functions]).toEqual([
      [0, 'on_run'],
      [1, 'on_stop'],
    ])
  })

  it('is registered by a link where the section says so, and left out where a ? stands before it', () => {
    const of = (section: string): [number, boolean] => {
      const { flags, autocreate } = mapOf(demoIn(section))
      return [flags, autocreate]
    }
    const { BPF_F_LINK } = bpf_map_create_flags
    expect(of('.struct_ops.link')).toEqual([BPF_F_LINK, true])
    expect(of('?.struct_ops')).toEqual([0, false])
    expect(of('?.struct_ops.link')).toEqual([BPF_F_LINK, false])
  })

  it('leaves no addend of a relocation in a function pointer', () => {
    const bytes = demoBytes()
    bytes[demoOffsets.stop] = 8
    const { contents } = mapOf({
      data: { '.struct_ops': [{ name: 'demo', type: 'demo_ops', bytes }] },
      programs: [
        { name: 'before', section: 'struct_ops', insns: [{ code: 0x95, dst: 0, src: 0, off: 0, imm: 0 }] },
        { name: 'on_stop', section: 'struct_ops' },
      ],
      pointers: { '.struct_ops': [{ offset: demoOffsets.stop, symbol: 'struct_ops' }] },
    })
    expect(contents[demoOffsets.stop]).toBe(0)
  })

  it('of several in a section has its own bytes and pointers', () => {
    const second = { ...demoIn('.struct_ops').data!['.struct_ops']![0]!, name: 'second' }
    const spec = demoSpec({
      data: { '.struct_ops': [...demoIn('.struct_ops').data!['.struct_ops']!, second] },
      pointers: { '.struct_ops': [{ offset: DEMO_SIZE + demoOffsets.run, symbol: 'on_stop' }] },
    })
    expect([...spec.maps.get('demo')!.structOps!.functions]).toEqual([])
    expect([...spec.maps.get('second')!.structOps!.functions]).toEqual([[0, 'on_stop']])
  })
})

describe('what is wrong with a struct_ops map', () => {
  const problem = (changes: Parameters<typeof demoSpec>[0]): string | undefined => mapOf(changes).problem
  const pointer = (offset: number, symbol: string): Parameters<typeof demoSpec>[0] => ({
    pointers: { '.struct_ops': [{ offset, symbol }] },
  })

  it('is its own problem: a variable that is no struct', () => {
    expect(problem({ data: { '.struct_ops': [{ name: 'demo', type: 'int' }] }, pointers: {} })).toBe(
      'its type is of kind int, not a struct',
    )
  })

  it('is its own problem: a struct without a name', () => {
    const changes: Parameters<typeof demoSpec>[0] = {
      types: (builder) => ({ demo_ops: builder.addStruct('', DEMO_SIZE, []) }),
    }
    expect(problem(changes)).toContain('has no name')
  })

  it('is its own problem: a variable that ends behind its section', () => {
    expect(problem(placed(8, [0]))).toBe('it has 48 bytes from byte 0 of section .struct_ops on, which has 8')
  })

  it('is its own problem: a pointer that no member takes', () => {
    expect(problem(pointer(demoOffsets.run + 4, 'on_run'))).toContain('byte 4, where no member starts')
    expect(problem(pointer(demoOffsets.owner, 'on_run'))).toContain('owner to on_run, and it is no function')
  })

  it('is its own problem: a pointer to what is no struct_ops program', () => {
    expect(problem(pointer(demoOffsets.run, 'other'))).toContain('points to other, which is no program of a')
    expect(problem(pointer(demoOffsets.run, 'demo'))).toContain('points to demo, which is no program of a')
  })

  it('costs the object where nothing describes the section', () => {
    const error = bpfErrorOf('OBJECT_BAD_SECTION', () => demoSpec({ debugInfo: 'absent' }))
    expect(error.message).toContain('section .struct_ops: it is described by no BTF')
  })

  it('costs the object where variables share bytes, since a small file could ask for any amount of memory', () => {
    const error = bpfErrorOf('OBJECT_BAD_SECTION', () => demoSpec(placed(96, [0, 8])))
    expect(error.message).toContain('variable demo8 starts within the one before it')
  })
})

/** A section of `size` bytes, of which BTF says that structs start at these offsets. */
function placed(size: number, offsets: readonly number[]): Parameters<typeof demoSpec>[0] {
  return {
    data: {},
    pointers: {},
    extraSections: [{ name: '.struct_ops', flags: SHF_ALLOC | SHF_WRITE, data: new Uint8Array(size) }],
    types: (builder, types) => {
      const struct = addDemoOps(builder, types)
      const entries = offsets.map((offset) => {
        const type = builder.addVar(offset === 0 ? 'demo' : `demo${offset}`, struct, 'static')
        return { type, offset, size: DEMO_SIZE }
      })
      builder.addDatasec('.struct_ops', size, entries)
      return {}
    },
  }
}
