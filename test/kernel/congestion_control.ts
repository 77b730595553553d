import { readFileSync } from 'node:fs'
import { exit, movImm } from '../../src/insn/assemble.ts'
import type { ObjectDescription, ProgramDescription } from '../object/object_writer.ts'

/** A congestion control that nothing uses: no socket asks for it by name, and it is not the default. */
export const NAME = 'rawbpf_test'

/** An object with a struct_ops map, `ops`, of three programs. */
export function congestionControl(section: string): ObjectDescription {
  const returns = (name: string, value: number): ProgramDescription => ({
    name,
    section: 'struct_ops',
    insns: [movImm(0, value), exit()],
  })
  const bytes = new Array<number>(40).fill(0)
  bytes.splice(24, NAME.length, ...new TextEncoder().encode(NAME))
  return {
    programs: [returns('ssthresh', 2), returns('cong_avoid', 0), returns('undo_cwnd', 3)],
    types: (builder, types) => {
      const pointer = builder.addPtr(builder.addFuncProto(types['int']!, []))
      const char = builder.addInt('char', 1, { encoding: 'signed' })
      const functions = ['ssthresh', 'cong_avoid', 'undo_cwnd']
      return {
        ops: builder.addStruct('tcp_congestion_ops', 40, [
          ...functions.map((name, index) => ({ name, type: pointer, bitOffset: index * 64 })),
          { name: 'name', type: builder.addArray(char, types['int']!, 16), bitOffset: 192 },
        ]),
      }
    },
    data: { [section]: [{ name: 'ops', type: 'ops', bytes }] },
    pointers: {
      [section]: [
        { offset: 0, symbol: 'ssthresh' },
        { offset: 8, symbol: 'cong_avoid' },
        { offset: 16, symbol: 'undo_cwnd' },
      ],
    },
  }
}

/** Whether the kernel has a congestion control of this name. */
export function isRegistered(name: string): boolean {
  return readFileSync('/proc/sys/net/ipv4/tcp_available_congestion_control', 'utf8')
    .trim()
    .split(/\s+/)
    .includes(name)
}
