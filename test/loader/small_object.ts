import { exit, loadImm64, movImm } from '../../src/insn/assemble.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { type ObjectDescription, writeObject } from '../object/object_writer.ts'

/**
 * Two tracepoint programs, of which the first refers to a map and to a global variable; a hash, a ring buffer and the
 * three data sections. It needs no CO-RE, and a real kernel takes it.
 */
export const smallDescription: ObjectDescription = {
  programs: [
    {
      name: 'on_exec',
      section: 'tp/sched/sched_process_exec',
      insns: [loadImm64(1, 0n), loadImm64(2, 0n), movImm(0, 0), exit()],
      relocations: [
        { insn: 0, symbol: 'counts' },
        { insn: 2, symbol: 'second' },
      ],
    },
    { name: 'on_exit', section: 'tp/sched/sched_process_exit' },
  ],
  maps: [
    { name: 'counts', uints: { type: 1, max_entries: 16 }, types: { key: 'u32', value: 'u64' } },
    { name: 'rb', uints: { type: 27, max_entries: 65536 } },
  ],
  data: {
    '.rodata': [{ name: 'limit', type: 'u64', bytes: [5, 0, 0, 0, 0, 0, 0, 0] }],
    '.data': [
      { name: 'first', type: 'u64', bytes: [1, 0, 0, 0, 0, 0, 0, 0] },
      { name: 'second', type: 'u64', bytes: [2, 0, 0, 0, 0, 0, 0, 0] },
    ],
    '.bss': [{ name: 'lost', type: 'u64' }],
  },
  types: (builder, { u32, u64 }) => ({
    record: builder.addStruct('record', 16, [
      { name: 'pid', type: u32 ?? builder.nextId, bitOffset: 0 },
      { name: 'time', type: u64 ?? builder.nextId, bitOffset: 64 },
    ]),
  }),
}

export function smallSpec(changes: Partial<ObjectDescription> = {}): ObjectSpec {
  return parseObject(writeObject({ ...smallDescription, ...changes }), 'dir/small.bpf.o')
}
