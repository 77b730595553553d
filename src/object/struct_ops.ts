import { bpf_map_create_flags, bpf_map_type } from '../abi/generated/bpf.ts'
import { type ByteOffset, type TypeId, VOID } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { POINTER_SIZE } from '../btf/layout.ts'
import { resolve, type ResolvedType } from '../btf/resolve.ts'
import type { BtfComposite } from '../btf/types.ts'
import { SHT_PROGBITS } from '../elf/constants.ts'
import type { ElfFile, ElfSection } from '../elf/elf_file.ts'
import { MapSpec } from './map_spec.ts'
import { readSlotRelocations, slotsByDefinition, type SlotRelocation } from './map_slots.ts'
import { ObjectError } from './object_error.ts'
import type { ProgramSpec } from './program_spec.ts'
import { StructOpsSpec } from './struct_ops_spec.ts'

/**
 * A struct_ops map stands for one of the kernel's tables of function pointers, such as `struct tcp_congestion_ops`, with BPF
 * programs for functions. In the object it is a variable in one of these sections, of a struct that has the name of the
 * kernel's and those members that the object has a use for, in any order. Its bytes are the values of the data members; the
 * function pointers are relocations against the programs.
 *
 * With `.link` the table is registered by a BPF link, otherwise by an update of the map; a `?` leaves the maps out of a load
 * unless they are asked for. The names are libbpf's (src/libbpf.c, 1.8).
 */
const sections: ReadonlyMap<string, { readonly flags: number; readonly autocreate: boolean }> = new Map([
  ['.struct_ops', { flags: 0, autocreate: true }],
  ['.struct_ops.link', { flags: bpf_map_create_flags.BPF_F_LINK, autocreate: true }],
  ['?.struct_ops', { flags: 0, autocreate: false }],
  ['?.struct_ops.link', { flags: bpf_map_create_flags.BPF_F_LINK, autocreate: false }],
])

/**
 * The struct_ops maps of an object, in section order. What is wrong with one of them is that map's `problem`.
 *
 * @throws ObjectError 'OBJECT_BAD_SECTION' for a section that BTF does not describe, or of which two variables share bytes.
 */
export function readStructOps(
  elf: ElfFile,
  btf: Btf | undefined,
  programs: readonly ProgramSpec[],
): readonly MapSpec[] {
  return elf.sections.flatMap((section) => {
    if (section.type !== SHT_PROGBITS || !sections.has(section.name)) return []
    const datasec = btf?.find(section.name, 'datasec')
    if (btf === undefined || datasec === undefined) {
      throw badSection(elf, section, 'it is described by no BTF; build the object with clang -g')
    }
    return new SectionReader(elf, btf, section, programs).read(datasec.id)
  })
}

interface Variable {
  readonly name: string
  readonly type: TypeId
  readonly offset: ByteOffset
}

class SectionReader {
  readonly #elf: ElfFile
  readonly #btf: Btf
  readonly #section: ElfSection
  readonly #programs: readonly ProgramSpec[]

  constructor(elf: ElfFile, btf: Btf, section: ElfSection, programs: readonly ProgramSpec[]) {
    this.#elf = elf
    this.#btf = btf
    this.#section = section
    this.#programs = programs
  }

  read(datasec: TypeId): readonly MapSpec[] {
    const variables = this.#variables(datasec)
    const slots = slotsByDefinition(
      variables.map(({ offset }) => offset),
      readSlotRelocations(this.#elf, this.#section, { maps: [], programs: this.#programs }),
    )
    let end = 0
    return variables.map((variable) => {
      if (variable.offset < end) {
        throw badSection(
          this.#elf,
          this.#section,
          `variable ${variable.name} starts within the one before it`,
        )
      }
      const map = this.#readMap(variable, slots.get(variable.offset) ?? [])
      end = variable.offset + map.contents.length
      return map
    })
  }

  #variables(datasec: TypeId): readonly Variable[] {
    const type = this.#btf.type(datasec)
    if (type.kind !== 'datasec') return []
    const variables = type.variables.flatMap((entry) => {
      const variable = this.#btf.type(entry.type)
      return variable.kind === 'var'
        ? [{ name: variable.name, type: variable.type, offset: entry.offset }]
        : []
    })
    return variables.sort((left, right) => left.offset - right.offset)
  }

  #readMap(variable: Variable, slots: readonly SlotRelocation[]): MapSpec {
    const { flags = 0, autocreate = true } = sections.get(this.#section.name) ?? {}
    const struct = resolve(this.#btf, variable.type)
    const what = this.#structOf(struct, variable)
    const { contents, structOps, problem } =
      typeof what === 'string' ? { ...EMPTY, problem: what } : this.#readStruct(what, variable, slots)
    const map = new MapSpec({
      name: variable.name,
      type: bpf_map_type.BPF_MAP_TYPE_STRUCT_OPS,
      keySize: 4,
      valueSize: 'size' in struct ? struct.size : 0,
      maxEntries: 1,
      flags,
      origin: { kind: 'struct_ops', section: this.#section.index, sectionName: this.#section.name },
      contents,
      structOps,
      problem,
    })
    map.autocreate = autocreate
    return map
  }

  /** The struct, or why it cannot be one of the kernel's tables. */
  #structOf(type: ResolvedType, { offset }: Variable): BtfComposite | string {
    if (type.kind !== 'struct') return `its type is of kind ${type.kind}, not a struct`
    if (type.name === '') return 'its struct has no name, by which the kernel’s would be found'
    const { length } = this.#section.data
    if (offset + type.size <= length) return type
    return `it has ${type.size} bytes from byte ${offset} of section ${this.#section.name} on, which has ${length}`
  }

  #readStruct(
    struct: BtfComposite,
    { offset }: Variable,
    slots: readonly SlotRelocation[],
  ): { contents: Uint8Array; structOps: StructOpsSpec; problem: string | undefined } {
    const functions = new Map<number, string>()
    const contents = this.#section.data.slice(offset, offset + struct.size)
    let problem: string | undefined
    for (const slot of slots) {
      const pointer = this.#readPointer(struct, slot, slot.offset - offset)
      if (typeof pointer === 'string') {
        problem ??= pointer
        continue
      }
      functions.set(pointer.member, pointer.program)
      // What stands there is the relocation's addend.
      contents.fill(0, slot.offset - offset, slot.offset - offset + POINTER_SIZE)
    }
    return { contents, structOps: new StructOpsSpec(struct.id, functions), problem }
  }

  /** Which function pointer is to point to which program, or why it cannot. */
  #readPointer(
    struct: BtfComposite,
    { symbol, target }: SlotRelocation,
    offset: number,
  ): { readonly member: number; readonly program: string } | string {
    const index = struct.members.findIndex(({ bitOffset }) => bitOffset === offset * 8)
    const member = struct.members[index]
    if (member === undefined) return `its initializer has a pointer at byte ${offset}, where no member starts`
    if (!isFunctionPointer(this.#btf, member.type)) {
      return `its initializer points member ${member.name} to ${symbol || 'something'}, and it is no function pointer`
    }
    const program = this.#programs.find(({ name }) => target?.kind === 'program' && name === target.name)
    if (program === undefined || !isStructOpsProgram(program)) {
      return (
        `its member ${member.name} points to ${target?.name ?? (symbol || 'something')}, which is no program of a ` +
        'struct_ops section'
      )
    }
    return { member: index, program: program.name }
  }
}

const EMPTY = { contents: new Uint8Array(), structOps: undefined } as const

/** Whether a member of this type holds a program. */
export function isFunctionPointer(btf: Btf, type: TypeId): boolean {
  const pointer = resolve(btf, type)
  return (
    pointer.kind === 'ptr' && pointer.target !== VOID && resolve(btf, pointer.target).kind === 'func_proto'
  )
}

/** Whether the program's section says that it is for struct_ops maps. */
export function isStructOpsProgram({ kind }: ProgramSpec): boolean {
  return kind.kind === 'known' && kind.section.definition.programType === 'BPF_PROG_TYPE_STRUCT_OPS'
}

function badSection(elf: ElfFile, section: ElfSection, found: string): ObjectError {
  return new ObjectError(
    'OBJECT_BAD_SECTION',
    `${elf.name}: cannot read the struct_ops maps of section ${section.name}: ${found}`,
    { object: elf.name, section: section.name },
  )
}
