import { bpf_map_type } from '../../src/abi/generated/bpf.ts'
import { exit, loadImm64, loadMem, movReg } from '../../src/insn/assemble.ts'
import { BPF_W } from '../../src/insn/opcodes.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { type ObjectDescription, writeObject } from '../object/object_writer.ts'

const MMAPABLE = 1 << 10

/** What is not as usual. */
export interface ArenaChanges {
  readonly pages?: number
  readonly flags?: number
  readonly address?: bigint
  readonly object?: Partial<ObjectDescription>
}

/** An arena with two variables, and a program that returns the second one. */
export function arenaSpec({ pages = 4, flags = 0, address, object }: ArenaChanges = {}): ObjectSpec {
  return parseObject(
    writeObject({
      programs: [
        {
          name: 'look',
          section: 'syscall',
          // The cast is a move with `off` 1; `imm` says from address space 1 to 0.
          insns: [loadImm64(1, 0n), { ...movReg(1, 1), off: 1, imm: 1 }, loadMem(BPF_W, 0, 1, 0), exit()],
          relocations: [{ insn: 0, symbol: 'second' }],
        },
      ],
      maps: [
        {
          name: 'arena',
          uints: {
            type: bpf_map_type.BPF_MAP_TYPE_ARENA,
            map_flags: MMAPABLE | flags,
            max_entries: pages,
          },
          ...(address === undefined ? {} : { ulongs: { map_extra: address } }),
        },
      ],
      data: {
        '.addr_space.1': [
          { name: 'first', type: 'u64', bytes: [1, 0, 0, 0, 0, 0, 0, 0] },
          { name: 'second', type: 'u32', bytes: [42, 0, 0, 0] },
        ],
      },
      ...object,
    }),
    'arena.bpf.o',
  )
}
