import type { Btf } from '../btf/btf.ts'
import { resolve } from '../btf/resolve.ts'
import type { FieldAccess } from './access.ts'
import { type FieldValue, fieldValue, type MemoryAccess } from './field_value.ts'
import type { FieldKindName } from './kinds.ts'

/** What a relocation comes to, before any instruction is touched. */
export type CoreResult =
  /** The target lacks the field: the instruction is replaced by one that the verifier refuses if it can be reached. */
  | { readonly kind: 'poison' }
  | {
      readonly kind: 'value'
      /** What clang left in the instruction; undefined where it need not be what we calculate. */
      readonly expected: bigint | undefined
      readonly value: bigint
      readonly memory: MemorySize
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
  if (kind === 'field_exists') {
    return { kind: 'value', expected: 1n, value: target === undefined ? 0n : 1n, memory: UNCHANGED }
  }
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
