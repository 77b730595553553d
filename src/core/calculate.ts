import type { Btf } from '../btf/btf.ts'
import { sizeOf } from '../btf/layout.ts'
import { resolve } from '../btf/resolve.ts'
import type { FieldAccess } from './access.ts'
import type { EnumeratorReference } from './enumerator.ts'
import { type FieldValue, fieldValue, type MemoryAccess } from './field_value.ts'
import type { EnumeratorKindName, FieldKindName, TypeKindName } from './kinds.ts'
import type { TypeReference } from './type_reference.ts'

/** What a relocation comes to, before any instruction is touched. */
export type CoreResult =
  /** The target lacks the field or enumerator: the instruction is replaced by one that the verifier refuses if it can be reached. */
  | { readonly kind: 'poison' }
  | {
      readonly kind: 'value'
      /** What clang left in the instruction; undefined where it need not be what we calculate. */
      readonly expected: bigint | undefined
      readonly value: bigint
      readonly memory: MemorySize
      /** Holds instead where the instruction has this `expected`. */
      readonly asSigned?: Reading
    }

/**
 * What an enumerator comes to if its enum has a sign that BTF does not tell. Only since LLVM 15 and pahole 1.24 does BTF
 * say so; in older BTF an `enum` value of 0xffffffff may be -1, and only the instruction shows what the compiler meant.
 */
export interface Reading {
  readonly expected: bigint
  readonly value: bigint
}

/** What happens to the size of a load or store whose field has another size in the target. */
export type MemorySize =
  | { readonly kind: 'unchanged' }
  /** Bytes. The access is narrowed or widened; zero extension keeps the value right. */
  | { readonly kind: 'resized'; readonly from: number; readonly to: number }
  /** A signed or structured field of another size would read a wrong value: a load or store of it is poisoned. */
  | { readonly kind: 'unsafe'; readonly from: number; readonly to: number }

const UNCHANGED: MemorySize = { kind: 'unchanged' }

/**
 * Calculates a field relocation from the access against the object's own BTF and the one against the target's, or none
 * where no candidate has the field. Existence then is 0; everything else asks for poison. The rules are those of
 * bpf_core_calc_relo in libbpf's src/relo_core.c (1.6).
 */
export function calculateField(
  kind: FieldKindName,
  local: FieldAccess,
  target: FieldAccess | undefined,
): CoreResult {
  if (kind === 'field_exists') return existence(target)
  if (target === undefined) return { kind: 'poison' }
  const before = fieldValue(kind, local)
  const after = fieldValue(kind, target)
  return {
    kind: 'value',
    expected: before.certain ? before.value : undefined,
    value: after.value,
    memory: memorySize(local.btf, before, target.btf, after),
  }
}

/**
 * Calculates a type relocation. Where no candidate matches, the answer is 0, which no type has as its id. Ids of local
 * types may have changed since the compiler wrote them into the instruction: a linker renumbers types. The rules are those
 * of bpf_core_calc_type_relo in libbpf's src/relo_core.c (1.6).
 *
 * @throws BtfError BTF_NO_SIZE where the size of a type is asked for that has none
 */
export function calculateType(
  kind: TypeKindName,
  local: TypeReference,
  target: TypeReference | undefined,
): CoreResult {
  switch (kind) {
    case 'type_id_local':
      return { kind: 'value', expected: undefined, value: BigInt(local.id), memory: UNCHANGED }
    case 'type_id_target':
      return { kind: 'value', expected: undefined, value: BigInt(target?.id ?? 0), memory: UNCHANGED }
    case 'type_exists':
    case 'type_matches':
      return existence(target)
    case 'type_size': {
      const expected = BigInt(sizeOf(local.btf, local.id))
      const value = target === undefined ? 0n : BigInt(sizeOf(target.btf, target.id))
      return { kind: 'value', expected, value, memory: UNCHANGED }
    }
  }
}

/**
 * Calculates an enumerator relocation. Existence is 0 where no candidate has the enumerator; its value asks for poison.
 * The rules are those of bpf_core_calc_enumval_relo in libbpf's src/relo_core.c (1.6), but for unsigned values from 2^31
 * up: libbpf sign-extends them, and then does not find what it expects in the instruction.
 */
export function calculateEnumerator(
  kind: EnumeratorKindName,
  local: EnumeratorReference,
  target: EnumeratorReference | undefined,
): CoreResult {
  if (kind === 'enumval_exists') return existence(target)
  if (target === undefined) return { kind: 'poison' }
  const before = local.enumerator.value
  const after = target.enumerator.value
  // Before pahole 1.24, BTF kept the lower half of what does not fit into 32 bits: (u64)-32 is -32 there.
  if (before < 0n || before > 0xffff_ffffn) {
    return { kind: 'value', expected: before, value: signedReading(target), memory: UNCHANGED }
  }
  const result = { kind: 'value', expected: before, value: after, memory: UNCHANGED } as const
  const signed = signedReading(local)
  if (signed === before) return result
  return { ...result, asSigned: { expected: signed, value: signedReading(target) } }
}

/** In an `enum64`, and in an enum that says that it is signed, the value is already what it is. */
function signedReading({ enumerator, valueBits }: EnumeratorReference): bigint {
  return valueBits === 32 ? BigInt.asIntN(32, enumerator.value) : enumerator.value
}

function existence(target: TypeReference | FieldAccess | undefined): CoreResult {
  return { kind: 'value', expected: 1n, value: target === undefined ? 0n : 1n, memory: UNCHANGED }
}

function memorySize(localBtf: Btf, local: FieldValue, targetBtf: Btf, target: FieldValue): MemorySize {
  const from = local.memory
  const to = target.memory
  if (from?.size === to?.size) return UNCHANGED
  const sizes = { from: from?.size ?? 0, to: to?.size ?? 0 }
  if (from === undefined || to === undefined) return { kind: 'unsafe', ...sizes }
  return { kind: zeroExtends(localBtf, from, targetBtf, to) ? 'resized' : 'unsafe', ...sizes }
}

function zeroExtends(localBtf: Btf, local: MemoryAccess, targetBtf: Btf, target: MemoryAccess): boolean {
  const from = resolve(localBtf, local.type)
  const to = resolve(targetBtf, target.type)
  if (from.kind === 'ptr' && to.kind === 'ptr') return true
  return from.kind === 'int' && to.kind === 'int' && from.encoding !== 'signed' && to.encoding !== 'signed'
}

/** Whether two candidates lead to the same instruction, so that it does not matter which one the program meets. */
export function sameResult(left: CoreResult, right: CoreResult): boolean {
  if (left.kind === 'poison' || right.kind === 'poison') return left.kind === right.kind
  return left.value === right.value
}
