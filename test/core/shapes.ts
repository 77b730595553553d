import { type TypeId, VOID } from '../../src/base/units.ts'
import type { BtfBuilder } from '../../src/btf/encoder.ts'
import type { TypeReference } from '../../src/core/type_reference.ts'
import { addBasics, type Basics, built } from '../btf/build.ts'
import { at } from './members.ts'

/** Adds one type, and what it is made of, to any BTF: types that are to be compared are in two of them. */
export type Shape = (builder: BtfBuilder, basics: Basics) => TypeId

/** The type in a BTF of its own. */
export function shaped(shape: Shape): TypeReference {
  const { btf, ids } = built((builder) => shape(builder, addBasics(builder)))
  return { btf, id: ids }
}

export const int: Shape = (_, basics) => basics.int
export const u32: Shape = (_, basics) => basics.u32
export const u64: Shape = (_, basics) => basics.u64
export const nothing: Shape = () => VOID
export const float: Shape = (builder) => builder.addFloat('double', 8)

type Members = Readonly<Record<string, Shape>> | readonly (readonly [string, Shape])[]

export function struct(name: string, members: Members = {}): Shape {
  return (builder, basics) => builder.addStruct(name, 64, membersOf(members, builder, basics))
}

export function union(name: string, members: Members = {}): Shape {
  return (builder, basics) => builder.addUnion(name, 64, membersOf(members, builder, basics))
}

function membersOf(members: Members, builder: BtfBuilder, basics: Basics): ReturnType<typeof at>[] {
  const entries = Array.isArray(members) ? members : Object.entries(members)
  return entries.map(([name, shape]: readonly [string, Shape]) => at(0, name, shape(builder, basics)))
}

export function fwd(name: string, of: 'struct' | 'union'): Shape {
  return (builder) => builder.addFwd(name, of)
}

/** An unsigned enum of 4 bytes, with the values 0, 1 and so on. */
export function enum32(name: string, ...enumerators: string[]): Shape {
  return (builder) => builder.addEnum(name, { size: 4, signed: false, enumerators: counted(enumerators) })
}

export function enum64(name: string, ...enumerators: string[]): Shape {
  return (builder) => builder.addEnum64(name, { size: 8, signed: false, enumerators: counted(enumerators) })
}

function counted(names: readonly string[]): { name: string; value: bigint }[] {
  return names.map((name, index) => ({ name, value: BigInt(index) }))
}

export function ptr(to: Shape): Shape {
  return (builder, basics) => builder.addPtr(to(builder, basics))
}

export function array(of: Shape, length: number): Shape {
  return (builder, basics) => builder.addArray(of(builder, basics), basics.int, length)
}

export function typedef(of: Shape, name = 't'): Shape {
  return (builder, basics) => builder.addTypedef(name, of(builder, basics))
}

export function constant(of: Shape): Shape {
  return (builder, basics) => builder.addModifier('const', of(builder, basics))
}

export function func(returns: Shape, ...params: Shape[]): Shape {
  return (builder, basics) =>
    builder.addFuncProto(
      returns(builder, basics),
      params.map((param, index) => ({ name: `p${index}`, type: param(builder, basics) })),
    )
}

/** `outer` around `inner`, `count` times. */
export function nested(count: number, inner: Shape, outer: (of: Shape) => Shape): Shape {
  let shape = inner
  for (let level = 0; level < count; level++) shape = outer(shape)
  return shape
}
