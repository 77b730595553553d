import { BpfError } from '../base/errors.ts'
import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { essentialName } from '../btf/essential_name.ts'
import type { ModuleBtf } from '../btf/module_btf.ts'
import { resolve } from '../btf/resolve.ts'
import { typesAreCompatible } from '../core/types_compatible.ts'
import type { ExternSpec, KfuncExtern, KsymExtern } from '../object/extern_spec.ts'
import { describeDeclaration } from './describe_declaration.ts'
import { type ExternOutcome, type ExternOutcomes, failed, notFound } from './extern_resolution.ts'

/** An extern that the kernel's BTF has to describe. */
export type TypedExtern = KsymExtern | KfuncExtern

/** Where functions and variables of a kernel are searched. */
export interface KernelTypes {
  readonly vmlinux: Btf
  readonly modules: () => readonly ModuleBtf[]
}

/** A function or variable of a kernel. */
interface Found {
  readonly btf: Btf
  readonly id: TypeId
  /** undefined for the kernel itself. */
  readonly module: string | undefined
}

/** `off` of a call, which says where in `fd_array` the module's BTF is, is signed and has 16 bits. */
const MAX_FD_INDEX = 0x7fff

/**
 * Finds the kernel's functions and variables that externs are declared as, by name and kind: first in the kernel itself,
 * then, for those that it does not have, in its modules. A function may be declared in several flavours (`f___v2`), of which
 * those count whose prototype fits. Modules get their places in `fd_array` in the order of the externs. All of it is as in
 * `bpf_object__resolve_ksyms_btf_id` of tools/lib/bpf/libbpf.c (bpf-next with libbpf 1.6).
 */
export function resolveKernelTypes(
  local: Btf,
  externs: readonly TypedExtern[],
  kernel: KernelTypes,
): ExternOutcomes {
  const found = search(externs, kernel)
  const fdIndexes = new Map<string, number>()
  const outcomes = new Map<ExternSpec, ExternOutcome>()
  for (const extern of externs) {
    const place = found.places.get(extern)
    outcomes.set(
      extern,
      place === undefined
        ? notInKernel(extern, found.searched)
        : checkedOutcome(local, extern, place, fdIndexes),
    )
  }
  return outcomes
}

interface SearchResult {
  readonly places: ReadonlyMap<TypedExtern, Found>
  /** What was searched, for people. */
  readonly searched: string
}

function search(externs: readonly TypedExtern[], { vmlinux, modules }: KernelTypes): SearchResult {
  const places = new Map<TypedExtern, Found>()
  searchIn(vmlinux, undefined, externs, places)
  const missing = (): readonly TypedExtern[] => externs.filter((extern) => !places.has(extern))
  const all = missing().length === 0 ? [] : modules()
  for (const { name, btf } of all) searchIn(btf, name, missing(), places)
  const count = all.length === 1 ? '1 module' : `${all.length} modules`
  return { places, searched: `${vmlinux.name} and ${count}` }
}

/** One pass over the names of all types serves all externs. */
function searchIn(
  btf: Btf,
  module: string | undefined,
  externs: readonly TypedExtern[],
  places: Map<TypedExtern, Found>,
): void {
  if (externs.length === 0) return
  const found = btf.idsByEssentialName([...new Set(externs.map(({ name }) => essentialName(name)))])
  for (const extern of externs) {
    const wanted = kernelName(extern)
    const kind = extern.kind === 'kfunc' ? 'func' : 'var'
    const id = found
      .get(essentialName(extern.name))
      ?.find((each) => btf.kind(each) === kind && btf.nameOf(each) === wanted)
    if (id !== undefined) places.set(extern, { btf, id, module })
  }
}

/** Only functions have flavours: a variable's name is its own. */
function kernelName({ kind, name }: TypedExtern): string {
  return kind === 'kfunc' ? essentialName(name) : name
}

function notInKernel(extern: TypedExtern, searched: string): ExternOutcome {
  const weak = 'declare it __weak and ask bpf_ksym_exists() where it may be missing'
  if (extern.kind === 'kfunc') {
    const name = kernelName(extern)
    const what = name === extern.name ? 'is' : `stands for ${name}(), which is`
    return notFound(extern, `${what} no function in the BTF of ${searched}; ${weak}`)
  }
  return notFound(
    extern,
    `is no variable in the BTF of ${searched}; most kernels describe per-CPU variables only: ${weak}, or declare it as ` +
      'const void for its address alone',
  )
}

function checkedOutcome(
  local: Btf,
  extern: TypedExtern,
  found: Found,
  fdIndexes: Map<string, number>,
): ExternOutcome {
  try {
    const problem = mismatch(local, extern, found)
    if (problem !== undefined) return problem
    if (extern.kind !== 'kfunc' || found.module === undefined) {
      return { kind: 'kernel type', id: found.id, module: found.module, fdIndex: 0 }
    }
    const fdIndex = fdIndexes.get(found.module) ?? fdIndexes.size + 1
    if (fdIndex > MAX_FD_INDEX) return tooManyModules(extern)
    fdIndexes.set(found.module, fdIndex)
    return { kind: 'kernel type', id: found.id, module: found.module, fdIndex }
  } catch (error) {
    if (!(error instanceof BpfError)) throw error
    return failed(
      'RELOCATION_BAD_EXTERN',
      `extern ${extern.name} cannot be compared with what the kernel has: ${error.message}`,
      error,
    )
  }
}

/** A weak function of another prototype is another function, and as good as missing; a variable of another type is not. */
function mismatch(local: Btf, extern: TypedExtern, { btf, id, module }: Found): ExternOutcome | undefined {
  const target = typeOf(btf, id)
  if (typesAreCompatible({ btf: local, id: extern.type }, { btf, id: target })) return undefined
  if (extern.kind === 'kfunc' && extern.weak) return { kind: 'missing' }
  return failed(
    'RELOCATION_BAD_EXTERN',
    `extern ${extern.name} is declared as ${describeDeclaration(local, extern.type)}, and in ${module ?? btf.name} it is ` +
      `${describeDeclaration(btf, target)}; declare it like that (types have to be of the same kind: a struct without a body is none)`,
  )
}

/** The prototype of a function, the type of a variable. */
function typeOf(btf: Btf, id: TypeId): TypeId {
  const type = btf.type(id)
  if (type.kind === 'func') return type.proto
  return type.kind === 'var' ? resolve(btf, type.type).id : id
}

function tooManyModules({ name }: TypedExtern): ExternOutcome {
  return failed(
    'RELOCATION_BAD_EXTERN',
    `extern ${name} is in one module more than the ${MAX_FD_INDEX} that a program can call functions of`,
  )
}
