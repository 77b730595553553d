import type { TypeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder, type MemberSpec } from '../../src/btf/encoder.ts'
import { basicTypes, type NamedTypes } from '../object/object_writer.ts'

/** What is not as usual in the kernel's `struct demo_ops`. */
export interface KernelOpsChanges {
  readonly members?: (types: NamedTypes & { readonly pointer: TypeId }) => readonly MemberSpec[]
  readonly name?: string
  /** Default `bpf_struct_ops_demo_ops`. */
  readonly valueName?: string
  readonly base?: Btf
  /** How many empty structs of the same name come before it. */
  readonly twins?: number
}

/** Bytes before the struct in the value. */
export const DATA_OFFSET = 64
export const KERNEL_SIZE = 96

/**
 * A kernel with `struct demo_ops { long added; char name[16]; int (*stop)(void); int level; void *owner; int (*run)(void); }`,
 * which has the members of the object's in another order, and the struct of its value.
 */
export function kernelOps({
  members,
  name = 'demo_ops',
  valueName = 'bpf_struct_ops_demo_ops',
  base,
  twins = 0,
}: KernelOpsChanges = {}): Btf {
  const builder = new BtfBuilder(base === undefined ? {} : { base })
  const basics = basicTypes(builder)
  const int = basics['int'] ?? builder.nextId
  const pointer = builder.addPtr(builder.addFuncProto(int, []))
  const types = {
    ...basics,
    pointer,
    data: builder.addPtr(basics['u64'] ?? int),
    text: builder.addArray(builder.addInt('char', 1, { encoding: 'signed' }), int, 16),
  }
  for (let twin = 0; twin < twins; twin++) builder.addStruct(name, 0, [])
  const struct = builder.addStruct(name, KERNEL_SIZE, members?.(types) ?? usualMembers(types))
  builder.addStruct(valueName, DATA_OFFSET + KERNEL_SIZE, [
    { name: 'common', type: types.text, bitOffset: 0 },
    { name: 'data', type: struct, bitOffset: DATA_OFFSET * 8 },
  ])
  const options = { name: base === undefined ? 'vmlinux' : 'module' }
  const bytes = builder.finish({ endianness: 'little' })
  return Btf.parse(bytes, base === undefined ? options : { ...options, base })
}

/** Where each member is in the kernel's struct, in bytes, in the order of the indices. */
export const kernelOffsets = { added: 0, name: 8, stop: 24, level: 32, owner: 40, run: 48 } as const

function usualMembers(types: NamedTypes & { readonly pointer: TypeId }): readonly MemberSpec[] {
  const { pointer } = types
  const place = (name: keyof typeof kernelOffsets, type: TypeId | undefined): MemberSpec => ({
    name,
    type: type ?? pointer,
    bitOffset: kernelOffsets[name] * 8,
  })
  return [
    place('added', types['u64']),
    place('name', types['text']),
    place('stop', pointer),
    place('level', types['int']),
    place('owner', types['data']),
    place('run', pointer),
  ]
}
