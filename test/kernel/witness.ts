import { bpf_func_id } from '../../src/abi/generated/bpf.ts'
import {
  atomic,
  aluImm,
  call,
  exit,
  jumpReg,
  loadImm64,
  loadMem,
  movImm,
  movReg,
  storeMem,
  type WideInsn,
} from '../../src/insn/assemble.ts'
import type { Insn } from '../../src/insn/insn.ts'
import { BPF_ADD, BPF_DW, BPF_JNE, BPF_RSH } from '../../src/insn/opcodes.ts'
import type { LoadOptions } from '../../src/loader/load_object.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadedObject } from '../../src/loader/loaded_object.ts'
import type { LoadedProgram } from '../../src/loader/loaded_program.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { writeObject } from '../object/object_writer.ts'

/** What a program does besides counting. */
export interface WitnessDescription {
  readonly section: string
  /** Default 0. What it returns to other processes is 0. */
  readonly returns?: number
  /** Whether it keeps its cookie. Kernels before 5.15 do not know the helper. Default 'not asked'. */
  readonly cookie?: 'kept' | 'not asked'
  /** Runs in this process alone, with the context in r6. Changes neither r6 nor what stands on the stack above -8. */
  readonly before?: readonly (Insn | WideInsn)[]
  readonly options?: LoadOptions
}

/**
 * A program that sees that it ran, and only what this process does: it adds 1 to a variable, and may keep its cookie. Its
 * context is left alone unless `before` uses it, so that it fits any program type.
 */
export class Witness implements Disposable {
  readonly object: LoadedObject

  constructor({ section, returns = 0, cookie = 'not asked', before = [], options }: WitnessDescription) {
    this.object = loadObject(
      parseObject(witnessObject(section, returns, cookie, before), 'witness.bpf.o'),
      options,
    )
    this.object.globals['pid'] = BigInt(process.pid)
  }

  get program(): LoadedProgram {
    return this.object.program('witness')
  }

  /** How often it ran in this process. */
  get hits(): number {
    return Number(this.object.globals['hits'])
  }

  /** The cookie of its last run. */
  get cookie(): bigint {
    const { cookie } = this.object.globals
    return typeof cookie === 'bigint' ? cookie : -1n
  }

  /** How often it runs while `event` happens. */
  hitsDuring(event: () => void): number {
    const before = this.hits
    event()
    return this.hits - before
  }

  [Symbol.dispose](): void {
    this.object.close()
  }
}

function witnessObject(
  section: string,
  returns: number,
  cookie: 'kept' | 'not asked',
  before: readonly (Insn | WideInsn)[],
): Uint8Array {
  const keepCookie = [
    movReg(1, 6),
    call(bpf_func_id.BPF_FUNC_get_attach_cookie),
    loadImm64(1, 0n),
    storeMem(BPF_DW, 1, 0, 0),
  ]
  const hit = [
    ...before,
    ...(cookie === 'kept' ? keepCookie : []),
    loadImm64(1, 0n),
    movImm(2, 1),
    atomic(BPF_DW, 1, 0, BPF_ADD, 2),
    movImm(0, returns),
    exit(),
  ]
  const start = [
    movReg(6, 1),
    call(bpf_func_id.BPF_FUNC_get_current_pid_tgid),
    aluImm(BPF_RSH, 0, 32),
    loadImm64(1, 0n),
    loadMem(BPF_DW, 1, 1, 0),
    jumpReg(BPF_JNE, 0, 1, slots(hit)),
  ]
  const insns = [...start, ...hit, movImm(0, 0), exit()]
  const cookieAt = slots(start) + slots(before) + 2
  const hitsAt = slots(start) + slots(hit) - slots([loadImm64(0, 0n), movImm(2, 1), exit(), exit(), exit()])
  return writeObject({
    programs: [
      {
        name: 'witness',
        section,
        insns,
        relocations: [
          { insn: 3, symbol: 'pid' },
          ...(cookie === 'kept' ? [{ insn: cookieAt, symbol: 'cookie' }] : []),
          { insn: hitsAt, symbol: 'hits' },
        ],
      },
    ],
    data: {
      '.bss': [
        { name: 'pid', type: 'u64' },
        { name: 'hits', type: 'u64' },
        { name: 'cookie', type: 'u64' },
      ],
    },
  })
}

const slots = (insns: readonly (Insn | WideInsn)[]): number =>
  insns.reduce((count, insn) => count + ('code' in insn ? 1 : 2), 0)
