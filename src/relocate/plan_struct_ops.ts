import { BpfError } from '../base/errors.ts'
import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { essentialName } from '../btf/essential_name.ts'
import { sizeOf } from '../btf/layout.ts'
import { resolve } from '../btf/resolve.ts'
import type { BtfMember } from '../btf/types.ts'
import { isFunctionPointer } from '../object/struct_ops.ts'
import type { StructOpsAttributes } from '../object/struct_ops_spec.ts'
import type { RelocatedMap, RelocatedObject } from './relocated_object.ts'
import { RelocationError } from './relocation_error.ts'
import {
  findKernelStructOps,
  type KernelStructOps,
  type StructOpsTypes,
  type TypeSource,
} from './kernel_struct_ops.ts'

/**
 * What a struct_ops map of the object is in the kernel that it is loaded into. The kernel's struct may have more members than
 * the object's, in another order: members are matched by name, and what is in the object's variable is laid out anew.
 */
export interface StructOpsPlan {
  readonly map: string
  readonly types: StructOpsTypes
  /** The value that the map is updated with, but for the descriptors of the programs. */
  readonly value: Uint8Array
  readonly slots: readonly StructOpsSlot[]
}

/** A function pointer that gets a program. */
export interface StructOpsSlot {
  readonly program: string
  /** The index of the member in the kernel's struct: what the program's `expected_attach_type` is. */
  readonly member: number
  /** Bytes from the start of the value. */
  readonly offset: number
}

/** What the struct_ops maps of an object come to. */
export interface StructOpsLayout {
  readonly plans: readonly StructOpsPlan[]
  /** The maps that cannot be made for this kernel. */
  readonly failures: readonly { readonly map: string; readonly error: RelocationError }[]
}

/**
 * Lays out the struct_ops maps that are to be created. A member that the kernel's struct does not have may be in the object's
 * as long as it is zero; libbpf (`bpf_map__init_kern_struct_ops` in src/libbpf.c, 1.8) has the same rules, and copies data
 * members as they are, so that they have to be of the same kind and size.
 *
 * @param kernel The types of the kernel that the object is loaded into, whatever CO-RE relocations were resolved with. Asked
 *   for only if there are such maps.
 * @returns Its failures are RelocationErrors 'RELOCATION_BAD_STRUCT_OPS' naming the map and the member.
 */
export function planStructOps(object: RelocatedObject, kernel: TypeSource): StructOpsLayout {
  const { btf } = object
  const plans: StructOpsPlan[] = []
  const failures: { readonly map: string; readonly error: RelocationError }[] = []
  if (btf === undefined) return { plans, failures }
  for (const map of object.maps) {
    if (map.structOps === undefined || !map.autocreate || map.problem !== undefined) continue
    try {
      const plan = planMap(btf, map, map.structOps, kernel)
      refuseTwoUses([...plans, plan])
      plans.push(plan)
    } catch (cause) {
      if (!(cause instanceof BpfError)) throw cause
      failures.push({ map: map.name, error: badMap(object, map.name, cause) })
    }
  }
  return { plans, failures }
}

function badMap(object: RelocatedObject, map: string, cause: BpfError): RelocationError {
  return new RelocationError(
    'RELOCATION_BAD_STRUCT_OPS',
    `${object.fileName}: cannot make struct_ops map ${map} for this kernel: ${cause.message}; set its autocreate to false to leave ` +
      'out the map and its programs',
    { object: object.fileName, map, cause },
  )
}

function planMap(
  btf: Btf,
  map: RelocatedMap,
  structOps: StructOpsAttributes | undefined,
  source: TypeSource,
): StructOpsPlan {
  const struct = structOps === undefined ? undefined : btf.type(structOps.type)
  if (structOps === undefined || struct?.kind !== 'struct') throw mismatch('its type is no struct')
  const kernel = findKernelStructOps(essentialName(struct.name), source)
  const planner = new MapPlanner(btf, map, structOps, kernel)
  for (const [index, member] of struct.members.entries()) planner.add(index, member)
  return { map: map.name, types: kernel.types, value: planner.value, slots: planner.slots }
}

class MapPlanner {
  readonly value: Uint8Array
  readonly slots: StructOpsSlot[] = []
  readonly #btf: Btf
  readonly #map: RelocatedMap
  readonly #structOps: StructOpsAttributes
  readonly #kernel: KernelStructOps

  constructor(btf: Btf, map: RelocatedMap, structOps: StructOpsAttributes, kernel: KernelStructOps) {
    this.value = new Uint8Array(kernel.valueSize)
    this.#btf = btf
    this.#map = map
    this.#structOps = structOps
    this.#kernel = kernel
  }

  add(index: number, member: BtfMember): void {
    const bytes = this.#bytesOf(member)
    const program = this.#structOps.functions.get(index)
    const target = this.#kernel.struct.members.findIndex(({ name }) => name === member.name)
    const there = this.#kernel.struct.members[target]
    if (there === undefined) {
      if (program === undefined && bytes.every((byte) => byte === 0)) return
      const { name } = this.#kernel.struct
      throw mismatch(`struct ${name} of the kernel has no member ${member.name}, and the object sets it`)
    }
    if (member.bitfieldSize !== 0 || there.bitfieldSize !== 0) {
      throw mismatch(`member ${member.name} is a bitfield, which is not supported`)
    }
    const [kind, kernelKind] = [
      resolve(this.#btf, member.type).kind,
      resolve(this.#kernel.btf, there.type).kind,
    ]
    if (kind !== kernelKind) {
      throw mismatch(`member ${member.name} is of kind ${kind} in the object and ${kernelKind} in the kernel`)
    }
    const offset = this.#kernel.dataOffset + there.bitOffset / 8
    if (program !== undefined) this.#addProgram(member, there, program, { member: target, offset })
    else if (kind === 'ptr') requireNull(member, bytes)
    else this.#addData(member, there, bytes, offset)
  }

  #addProgram(
    { name }: BtfMember,
    there: BtfMember,
    program: string,
    place: Omit<StructOpsSlot, 'program'>,
  ): void {
    if (!isFunctionPointer(this.#kernel.btf, there.type)) {
      throw mismatch(`member ${name} points to program ${program}, and is no function pointer in the kernel`)
    }
    this.slots.push({ program, ...place })
  }

  #addData({ name }: BtfMember, there: BtfMember, bytes: Uint8Array, offset: number): void {
    const size = sizeOf(this.#kernel.btf, there.type)
    if (size !== bytes.length) {
      throw mismatch(`member ${name} has ${bytes.length} bytes in the object and ${size} in the kernel`)
    }
    this.value.set(bytes, offset)
  }

  #bytesOf({ name, type, bitOffset }: BtfMember): Uint8Array {
    const start = Math.floor(bitOffset / 8)
    const end = start + sizeOf(this.#btf, type)
    if (end <= this.#map.contents.length) return this.#map.contents.subarray(start, end)
    throw mismatch(`member ${name} ends at byte ${end}, and the variable has ${this.#map.contents.length}`)
  }
}

function requireNull({ name }: BtfMember, bytes: Uint8Array): void {
  if (bytes.every((byte) => byte === 0)) return
  throw mismatch(`member ${name} is a pointer that is neither null nor a program`)
}

/** The kernel verifies a program for one function pointer. Maps may share it for that one. */
function refuseTwoUses(plans: readonly StructOpsPlan[]): void {
  const uses = new Map<string, { readonly types: StructOpsTypes; readonly member: number }>()
  for (const { types, slots } of plans) {
    for (const { program, member } of slots) {
      const known = uses.get(program) ?? { types, member }
      uses.set(program, known)
      if (known.types.type === types.type && known.types.module === types.module && known.member === member)
        continue
      throw mismatch(
        `program ${program} is used for two function pointers, and the kernel verifies it for one`,
      )
    }
  }
}

export interface StructOpsAttachment {
  /** The struct, in the BTF of the kernel or of the module. */
  readonly type: TypeId
  readonly module: string | undefined
  readonly member: number
}

/** What the program is verified for; undefined where no map that is created points to it. */
export function structOpsAttachment(
  plans: readonly StructOpsPlan[],
  program: string,
): StructOpsAttachment | undefined {
  for (const { types, slots } of plans) {
    const slot = slots.find((each) => each.program === program)
    if (slot !== undefined) return { type: types.type, module: types.module, member: slot.member }
  }
  return undefined
}

function mismatch(found: string): RelocationError {
  return new RelocationError('RELOCATION_BAD_STRUCT_OPS', found)
}
