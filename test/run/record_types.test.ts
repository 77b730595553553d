import { describe, expect, it } from 'vitest'
import { bpf_map_type } from '../../src/abi/generated/bpf.ts'
import { type TypeId, VOID } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder, type MemberSpec } from '../../src/btf/encoder.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { exactLength, paddedLength } from '../../src/run/record_sizes.ts'
import { findRecordTypes, matchRecord, type RecordTypes } from '../../src/run/record_types.ts'
import { loadImm64 } from '../../src/insn/assemble.ts'
import { type NamedTypes, type ObjectDescription, writeObject } from '../object/object_writer.ts'

const rb = { name: 'rb', uints: { type: bpf_map_type.BPF_MAP_TYPE_RINGBUF, max_entries: 4096 } }

/** Structs of a u64 for each 8 bytes, and pointers to them. */
function structs(sizes: Readonly<Record<string, number>>): NonNullable<ObjectDescription['types']> {
  return (builder, { u64 = VOID }) => {
    const types: Record<string, NamedTypes[string]> = {}
    for (const [name, size] of Object.entries(sizes)) {
      const members = Array.from({ length: size / 8 }, (_, index) => ({
        name: `m${index}`,
        type: u64,
        bitOffset: index * 64,
      }))
      const struct = builder.addStruct(name, size, members)
      types[name] = struct
      types[`${name} *`] = builder.addPtr(builder.addModifier('const', struct))
    }
    return types
  }
}

function parse(description: ObjectDescription): ObjectSpec {
  return parseObject(writeObject(description), 'test.bpf.o')
}

function typesOf(spec: ObjectSpec, map = 'rb', named?: string): RecordTypes {
  const found = spec.maps.get(map)
  if (found === undefined) return expect.fail(`no map ${map}`)
  return findRecordTypes(spec, found, named === undefined ? undefined : spec.btf?.find(named, 'struct')?.id)
}

function known(types: RecordTypes): unknown {
  if (types.kind === 'by-size') return types.types.map(({ name }) => name)
  const from = types.kind === 'known' ? types.from : 'a pointer variable'
  return [types.type.name, types.type.size, from]
}

const pointer = (name: string): { name: string; type: string } => ({
  name: `unused_${name}`,
  type: `${name} *`,
})

describe('findRecordTypes', () => {
  const sizes = structs({ event: 16, other: 24 })

  it('takes the type that the caller names', () => {
    const spec = parse({ types: sizes, maps: [{ ...rb, types: { value: 'event' } }] })
    expect(known(typesOf(spec, 'rb', 'other'))).toEqual(['struct other', 24, '--event'])
  })

  it("takes the type of the map's definition", () => {
    const data = { '.bss': [pointer('other')] }
    const spec = parse({ types: sizes, maps: [{ ...rb, types: { value: 'event' } }], data })
    expect(known(typesOf(spec))).toEqual(['struct event', 16, "the map's definition"])
  })

  it('takes the type that is tagged with the name of the map, or that a tag on the map names', () => {
    const builder = new BtfBuilder()
    const u64 = builder.addInt('u64', 8)
    const event = builder.addStruct('event', 8, [{ name: 'a', type: u64, bitOffset: 0 }])
    const other = builder.addStruct('other', 8, [{ name: 'a', type: u64, bitOffset: 0 }])
    builder.addDeclTag('event:rb', event, -1)
    builder.addDeclTag('event:exits', other, 0)
    builder.addDeclTag('event:other', builder.addVar('exits', u64, 'global'), -1)
    builder.addDeclTag('else', other, -1)
    const btf = Btf.parse(builder.finish({ endianness: 'little' }), { name: 'test' })
    const spec: ObjectSpec = { ...parse({ maps: [rb, { ...rb, name: 'exits' }] }), btf }
    expect(known(typesOf(spec))).toEqual(['struct event', 8, 'a BTF tag'])
    expect(known(typesOf(spec, 'exits'))).toEqual(['struct other', 8, 'a BTF tag'])
  })

  it('takes the struct that a variable points to, if there is one such struct', () => {
    const one = parse({ types: sizes, maps: [rb], data: { '.bss': [pointer('event')] } })
    expect(known(typesOf(one))).toEqual(['struct event', 16, 'a pointer variable'])
    const two = parse({ types: sizes, maps: [rb], data: { '.bss': [pointer('event'), pointer('other')] } })
    expect(known(typesOf(two))).toEqual(['struct event', 'struct other'])
  })

  it('lets sizes tell which records a lone pointer variable means where there are several buffers', () => {
    const maps = [rb, { ...rb, name: 'exits' }, { ...rb, name: 'others' }]
    const spec = parse({ types: sizes, maps, data: { '.bss': [pointer('other')] } })
    expect(known(typesOf(spec))).toEqual(['struct other'])
    expect(known(typesOf(spec, 'exits'))).toEqual(['struct other'])
    expect(known(typesOf(spec, 'others'))).toEqual(['struct other', 24, 'a pointer variable'])
  })

  it("takes of several structs the one that the map's name tells", () => {
    const spec = parse({
      types: structs({ exec_event: 16, exit_event: 16 }),
      maps: [{ ...rb, name: 'exec_events' }, { ...rb, name: 'exits' }, rb],
      data: { '.bss': [pointer('exec_event'), pointer('exit_event')] },
    })
    expect(known(typesOf(spec, 'exec_events'))).toEqual(['struct exec_event', 16, 'a pointer variable'])
    expect(known(typesOf(spec, 'exits'))).toEqual(['struct exit_event', 16, 'a pointer variable'])
    expect(known(typesOf(spec))).toEqual(['struct exec_event', 'struct exit_event'])
  })

  it('leaves out what is read by CO-RE, and what maps hold unless nothing else has the size', () => {
    const spec = parse({
      types: structs({ event: 16, task_struct: 24, key: 16, scratch: 32 }),
      maps: [
        rb,
        { name: 'hash', uints: { type: 1, max_entries: 1 }, types: { key: 'key', value: 'scratch' } },
      ],
      programs: [{ insns: [loadImm64(1, 0n)], coreRelos: [{ insn: 0, type: 'task_struct', access: '0:0' }] }],
    })
    expect(known(typesOf(spec))).toEqual(['struct event', 'struct scratch'])
  })

  it('leaves out what the types that CO-RE reads are made of', () => {
    const types: NonNullable<ObjectDescription['types']> = (builder, { u64 = VOID }) => {
      const member = (name: string, type: TypeId): MemberSpec => ({ name, type, bitOffset: 0 })
      const inner = builder.addStruct('mutex', 8, [member('owner', u64)])
      const pointed = builder.addStruct('cred', 8, [member('uid', u64)])
      const outer = builder.addStruct('task_struct', 16, [
        member('lock', builder.addArray(inner, u64, 1)),
        { name: 'cred', type: builder.addPtr(pointed), bitOffset: 64 },
      ])
      return { task_struct: outer, event: builder.addStruct('event', 8, [member('pid', u64)]) }
    }
    const programs = [
      { insns: [loadImm64(1, 0n)], coreRelos: [{ insn: 0, type: 'task_struct', access: '0:0' }] },
    ]
    expect(known(typesOf(parse({ types, maps: [rb], programs })))).toEqual(['struct event'])
  })

  it('knows none without BTF', () => {
    expect(typesOf({ ...parse({ maps: [rb] }), btf: undefined })).toEqual({ kind: 'by-size', types: [] })
  })
})

/** An object with a pointer to a struct of a u64 and so many bytes. */
function withArray(length: number): ObjectSpec {
  return parse({
    types: (builder, { u64 = VOID }) => {
      const array = builder.addArray(builder.addInt('u8', 1), u64, length)
      const event = builder.addStruct('event', 8 + length, [
        { name: 'pid', type: u64, bitOffset: 0 },
        { name: 'data', type: array, bitOffset: 64 },
      ])
      return { 'event *': builder.addPtr(event) }
    },
    maps: [rb],
    data: { '.bss': [pointer('event')] },
  })
}

describe('matchRecord', () => {
  const spec = parse({ types: structs({ a: 16, b: 24, c: 24 }), maps: [rb] })
  const bySize = typesOf(spec)

  it('finds the only type of a size', () => {
    expect(matchRecord(bySize, 16, exactLength)).toMatchObject({ kind: 'type', type: { name: 'struct a' } })
    expect(matchRecord(bySize, 20, exactLength)).toEqual({ kind: 'unknown', fitting: [] })
    expect(matchRecord(bySize, 24, exactLength)).toMatchObject({
      kind: 'unknown',
      fitting: [{ name: 'struct b' }, { name: 'struct c' }],
    })
  })

  it('knows how the kernel pads the records of a perf buffer', () => {
    expect([1, 4, 5, 12, 16, 32].map(paddedLength)).toEqual([4, 4, 12, 12, 20, 36])
    expect(matchRecord(bySize, 20, paddedLength)).toMatchObject({ kind: 'type', type: { name: 'struct a' } })
  })

  it('says where a record is too short for its type', () => {
    const named = typesOf(spec, 'rb', 'b')
    expect(matchRecord(named, 16, exactLength)).toMatchObject({ kind: 'too-short', from: '--event' })
    expect(matchRecord(named, 32, exactLength)).toMatchObject({ kind: 'type', type: { name: 'struct b' } })
  })

  it('takes records of other sizes for no struct that a pointer variable merely suggests', () => {
    const supposed = typesOf(
      parse({ types: structs({ b: 24 }), maps: [rb], data: { '.bss': [pointer('b')] } }),
    )
    const kinds = [16, 24, 28, 32].map((length) => matchRecord(supposed, length, paddedLength).kind)
    expect(kinds).toEqual(['unfit', 'type', 'type', 'unfit'])
  })

  it('lets records end in the array that ends their struct', () => {
    const named = typesOf(withArray(8), 'rb', 'event')
    const kinds = [4, 8, 11, 16, 20].map((length) => matchRecord(named, length, exactLength).kind)
    expect(kinds).toEqual(['too-short', 'type', 'type', 'type', 'type'])
    const pointed = { ...withArray(8), variables: [] }
    expect(matchRecord(typesOf(pointed), 11, exactLength).kind).toBe('unknown')
  })

  it('lets records go on in a flexible array', () => {
    const supposed = typesOf(withArray(0))
    const kinds = [4, 8, 20].map((length) => matchRecord(supposed, length, exactLength).kind)
    expect(kinds).toEqual(['unfit', 'type', 'type'])
  })
})
