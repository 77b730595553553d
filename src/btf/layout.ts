import type { TypeId } from '../base/units.ts'
import type { Btf } from './btf.ts'
import { BtfError } from './btf_error.ts'
import { MAX_RESOLVE_DEPTH } from './format.ts'
import { tooDeep } from './resolve.ts'
import type { BtfComposite, BtfType } from './types.ts'

/** Bytes of a pointer: 8 in BPF programs, and in the 64-bit kernels that rawbpf runs on. */
export const POINTER_SIZE = 8

const MAX_SIZE = 0xffffffff

/**
 * Bytes of a value of this type, as `btf__resolve_size` of tools/lib/bpf/btf.c (Linux 6.18) computes them: a var has the
 * size of its type, a datasec the one that it says.
 *
 * @throws BtfError BTF_NO_SIZE for void, functions, forward declarations and more than 4 GiB; BTF_TOO_DEEP; what `btf.type`
 *   throws
 */
export function sizeOf(btf: Btf, id: TypeId): number {
  let count = 1
  let at = id
  for (let depth = 0; depth < MAX_RESOLVE_DEPTH; depth++) {
    const type = btf.type(at)
    const own = ownSize(type)
    if (own !== undefined) return checkedSize(btf, id, count * own)
    if (type.kind === 'array') count = checkedSize(btf, id, count * type.length)
    const next = type.kind === 'array' ? type.element : describedType(type)
    if (next === undefined) throw noSize(btf, id, `contains a ${type.kind}, which has no size`)
    at = next
  }
  throw tooDeep(btf, id)
}

function ownSize(type: BtfType): number | undefined {
  if (type.kind === 'ptr') return POINTER_SIZE
  return 'size' in type ? type.size : undefined
}

/** The type whose size and alignment are also this type's. */
function describedType(type: BtfType): TypeId | undefined {
  if (type.kind === 'var') return type.type
  return 'target' in type && type.kind !== 'ptr' ? type.target : undefined
}

function checkedSize(btf: Btf, id: TypeId, size: number): number {
  if (size <= MAX_SIZE) return size
  throw noSize(btf, id, `has ${size} bytes, more than BTF can say`)
}

function noSize(btf: Btf, id: TypeId, why: string): BtfError {
  return new BtfError('BTF_NO_SIZE', `BTF of ${btf.name}: type ${id} ${why}.`, { object: btf.name })
}

/**
 * The alignment of this type in bytes, as `btf__align_of` of tools/lib/bpf/btf.c (Linux 6.18) finds it: BTF does not say
 * it, so a struct is taken to be packed, with alignment 1, if a member's offset or its size could not be otherwise.
 *
 * @throws BtfError as `sizeOf` does
 */
export function alignmentOf(btf: Btf, id: TypeId): number {
  return alignment({ btf, id, known: new Map() }, id, 0)
}

interface AlignmentQuestion {
  readonly btf: Btf
  /** What was asked for; errors name it. */
  readonly id: TypeId
  /** Answers so far: members may share types, and without them nested sharing would take exponential time. */
  readonly known: Map<TypeId, number>
}

function alignment(question: AlignmentQuestion, id: TypeId, depth: number): number {
  const known = question.known.get(id)
  if (known !== undefined) return known
  if (depth === MAX_RESOLVE_DEPTH) throw tooDeep(question.btf, question.id)
  const result = computeAlignment(question, id, depth)
  question.known.set(id, result)
  return result
}

function computeAlignment(question: AlignmentQuestion, id: TypeId, depth: number): number {
  const type = question.btf.type(id)
  if (type.kind === 'struct' || type.kind === 'union') return compositeAlignment(question, type, depth)
  const own = type.kind === 'datasec' ? undefined : ownSize(type)
  if (own !== undefined) return Math.min(POINTER_SIZE, own)
  const next = type.kind === 'array' ? type.element : describedType(type)
  if (next !== undefined) return alignment(question, next, depth + 1)
  throw noSize(question.btf, question.id, `contains a ${type.kind}, which has no alignment`)
}

function compositeAlignment(
  question: AlignmentQuestion,
  { size, members }: BtfComposite,
  depth: number,
): number {
  let largest = 1
  let packed = false
  for (const member of members) {
    const own = alignment(question, member.type, depth + 1)
    largest = Math.max(largest, own)
    if (member.bitfieldSize === 0 && member.bitOffset % (own * 8) !== 0) packed = true
  }
  return packed || size % largest !== 0 ? 1 : largest
}
