import { bpf_map_type } from '../abi/generated/bpf.ts'
import type { Observer } from '../base/observer.ts'
import { insnIndex } from '../base/units.ts'
import type { WideSlots } from '../core/patch.ts'
import { InsnView } from '../insn/insn_view.ts'
import { BPF_PSEUDO_MAP_VALUE } from '../insn/opcodes.ts'
import { createMap, freezeMap, updateElement } from '../kernel/bpf_calls.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import type { JumpTableReference, RelocatedObject, RelocatedProgram } from '../relocate/relocated_object.ts'
import type { RelocateStep } from '../relocate/steps.ts'
import { DescriptorStack } from './descriptor_stack.ts'
import { explainSilentRefusal } from './explain_refusal.ts'
import { LoadError } from './load_error.ts'
import { u32Bytes } from './u32_bytes.ts'

/** Bytes of `struct bpf_insn_array_value`: `orig_off`, then what the kernel fills in. */
const VALUE_SIZE = 16

/** What a program's jump tables are made with. */
export interface TableLoad {
  readonly kernel: Kernel
  readonly object: RelocatedObject
  readonly program: RelocatedProgram
  /** Gets the maps, which are to stay open until the program is loaded; from then on it holds them. */
  readonly made: DescriptorStack
  readonly observer: Observer<RelocateStep>
}

/**
 * Makes a map of each jump table of a program, and has the instructions that load its address load the map's value. The maps
 * are frozen: the verifier wants tables that nobody changes.
 *
 * @param insns Changed in place.
 * @throws LoadError 'LOAD_JUMP_TABLE_REFUSED'; PermissionError
 */
export function makeJumpTables(load: TableLoad, insns: Uint8Array): void {
  const { program, made, observer } = load
  const view = new InsnView(insns)
  const maps = new Map<string, FileDescriptor>()
  for (const table of program.jumpTables) {
    const key = `${table.name} ${table.targets.join(' ')}`
    const map = maps.get(key) ?? made.push(makeTable(load, table))
    maps.set(key, map)
    const [first, second] = [table.insn, insnIndex(table.insn + 1)]
    const before: WideSlots = [view.get(first), view.get(second)]
    const after: WideSlots = [
      { ...before[0], src: BPF_PSEUDO_MAP_VALUE, off: 0, imm: Number(map.fd) },
      { ...before[1], imm: 0 },
    ]
    view.set(first, after[0])
    view.set(second, after[1])
    observer?.({ kind: 'insn-patched', program: program.name, insn: first, before, after, why: 'map' })
  }
}

function makeTable({ kernel, object, program }: TableLoad, table: JumpTableReference): FileDescriptor {
  try {
    using filling = new DescriptorStack()
    const map = filling.push(
      createMap(kernel, {
        map_type: bpf_map_type.BPF_MAP_TYPE_INSN_ARRAY,
        key_size: 4,
        value_size: VALUE_SIZE,
        max_entries: table.targets.length,
        map_name: '.jumptables',
      }),
    )
    table.targets.forEach((target, index) => {
      updateElement(kernel, map.fd, u32Bytes(index), u32Bytes(target, VALUE_SIZE), 0)
    })
    freezeMap(kernel, map.fd)
    filling.release()
    return map
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    explainSilentRefusal(error, `make jump table ${table.name} of program ${program.name}`, object)
    throw refused(object, program, table, error)
  }
}

function refused(
  { fileName }: RelocatedObject,
  { name, section }: RelocatedProgram,
  table: JumpTableReference,
  cause: SyscallError,
): LoadError {
  return new LoadError(
    'LOAD_JUMP_TABLE_REFUSED',
    `${fileName}: cannot make jump table ${table.name} of program ${name}, with ${table.targets.length} entries: ` +
      `${cause.message}; kernels have jump tables from Linux 6.19 on: build the object with clang's -fno-jump-tables, or leave ` +
      'out the program by its autoload',
    { object: fileName, program: name, section: section.name, cause },
  )
}
