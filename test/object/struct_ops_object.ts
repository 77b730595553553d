import { type TypeId, VOID } from '../../src/base/units.ts'
import type { BtfBuilder } from '../../src/btf/encoder.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { type NamedTypes, type ObjectDescription, writeObject } from './object_writer.ts'

/** Bytes from the start of `struct demo_ops` to each member, as `addDemoOps` lays it out. */
export const demoOffsets = { run: 0, stop: 8, level: 16, owner: 24, name: 32 } as const
export const DEMO_SIZE = 48

/** `struct demo_ops { int (*run)(void); int (*stop)(void); int level; void *owner; char name[16]; }` */
export function addDemoOps(builder: BtfBuilder, types: NamedTypes, name = 'demo_ops'): TypeId {
  const int = types['int'] ?? VOID
  const pointer = builder.addPtr(builder.addFuncProto(int, []))
  const char = builder.addInt('char', 1, { encoding: 'signed' })
  return builder.addStruct(name, DEMO_SIZE, [
    { name: 'run', type: pointer, bitOffset: demoOffsets.run * 8 },
    { name: 'stop', type: pointer, bitOffset: demoOffsets.stop * 8 },
    { name: 'level', type: int, bitOffset: demoOffsets.level * 8 },
    { name: 'owner', type: builder.addPtr(VOID), bitOffset: demoOffsets.owner * 8 },
    { name: 'name', type: builder.addArray(char, int, 16), bitOffset: demoOffsets.name * 8 },
  ])
}

/** The variable's bytes: level 7, name "demo". */
export function demoBytes(): number[] {
  const bytes = new Array<number>(DEMO_SIZE).fill(0)
  bytes[demoOffsets.level] = 7
  bytes.splice(demoOffsets.name, 4, ...new TextEncoder().encode('demo'))
  return bytes
}

/** An object with one struct_ops map, `demo`, whose pointers are `on_run` and `on_stop`. */
export const demoDescription: ObjectDescription = {
  programs: [
    { name: 'on_run', section: 'struct_ops/run' },
    { name: 'on_stop', section: 'struct_ops' },
    { name: 'spare', section: '?struct_ops/run' },
    { name: 'other', section: 'tc' },
  ],
  types: (builder, types) => ({ demo_ops: addDemoOps(builder, types) }),
  data: { '.struct_ops': [{ name: 'demo', type: 'demo_ops', bytes: demoBytes() }] },
  pointers: {
    '.struct_ops': [
      { offset: demoOffsets.run, symbol: 'on_run' },
      { offset: demoOffsets.stop, symbol: 'on_stop' },
    ],
  },
}

export function demoSpec(changes: Partial<ObjectDescription> = {}): ObjectSpec {
  return parseObject(writeObject({ ...demoDescription, ...changes }), 'demo.bpf.o')
}

/** The same map in another section. */
export function demoIn(section: string): Partial<ObjectDescription> {
  return {
    data: { [section]: demoDescription.data?.['.struct_ops'] ?? [] },
    pointers: { [section]: demoDescription.pointers?.['.struct_ops'] ?? [] },
  }
}
