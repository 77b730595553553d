import { kindNumber } from '../format.ts'
import type { TypeTable } from '../type_table.ts'

const DECL_TAG = kindNumber('decl_tag')

/** A kernel function that BPF programs may call. */
export interface KernelFunction {
  readonly id: number
  /** Whether calls of it are inlined and spare the registers that a call otherwise clobbers (Linux 6.12). */
  readonly call: 'usual' | 'fast'
}

/** Of all functions, those that declaration tags mark: `bpf_kfunc`, which pahole writes since 1.27, and `bpf_fastcall`. */
export function kernelFunctions(table: TypeTable): readonly KernelFunction[] {
  const fast = new Set<number>()
  const ids: number[] = []
  for (let id = 1; id < table.end; id++) {
    if (table.kinds[id] !== DECL_TAG) continue
    const target = table.sizeOrType(id)
    if (table.knownKind(target) !== 'func') continue
    if (table.isNamed(id, 'bpf_fastcall')) fast.add(target)
    if (table.isNamed(id, 'bpf_kfunc')) ids.push(target)
  }
  return [...new Set(ids)].map((id) => ({ id, call: fast.has(id) ? 'fast' : 'usual' }))
}
