import type { Observer } from '../base/observer.ts'
import { type InsnIndex, insnIndex } from '../base/units.ts'
import type { Slots } from '../core/patch.ts'
import { R_BPF_64_32, R_BPF_64_64 } from '../elf/constants.ts'
import type { ElfRelocation } from '../elf/elf_file.ts'
import { isCall, isLdimm64 } from '../insn/insn.ts'
import { InsnView } from '../insn/insn_view.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import type { ExternSpec } from '../object/extern_spec.ts'
import { KCONFIG_SECTION } from '../object/externs.ts'
import type { FunctionSpec } from '../object/function_spec.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import { callOf, loadOf } from './extern_patch.ts'
import type { ExternResolution } from './extern_resolution.ts'
import type { ExternResolver } from './extern_resolver.ts'
import type { AppliedExtern, MapReference } from './relocated_object.ts'
import type { RelocationError } from './relocation_error.ts'
import { relocationError, relocationsOf, roleOf } from './relocations.ts'
import type { RelocateStep } from './steps.ts'

/** An instruction that refers to an extern. */
interface ExternReference {
  /** From the start of the function that the instruction belongs to. */
  readonly insn: InsnIndex
  /** A call, or an `ldimm64` that loads an address. */
  readonly form: 'call' | 'load'
  readonly extern: ExternSpec
  /** Bytes behind what the extern stands for. */
  readonly addend: number
}

/** What the references of a function to externs came to. */
export interface AppliedExterns {
  readonly externs: readonly AppliedExtern[]
  /** Variables of `.kconfig` are in a map. */
  readonly mapReferences: readonly MapReference[]
}

/** The externs that these functions refer to, as far as that makes sense; what does not is told when it is applied. */
export function usedExterns(spec: ObjectSpec, functions: readonly FunctionSpec[]): ReadonlySet<ExternSpec> {
  if (spec.externs.size === 0) return new Set()
  const relocations = functions.flatMap((fn) => externRelocations(spec, fn))
  return new Set(relocations.flatMap((relocation) => externOf(spec, relocation) ?? []))
}

/**
 * Makes the instructions of a function that refer to externs do so: calls get the number of the kernel's function, loads an
 * address, or the number of the variable whose address the kernel fills in. clang leaves a `call` with an R_BPF_64_32
 * relocation, or an `ldimm64` with one of R_BPF_64_64, against an undefined symbol.
 *
 * @param insns A copy of the function's instructions, which is changed.
 * @throws RelocationError 'RELOCATION_UNDEFINED_SYMBOL', 'RELOCATION_BAD_TARGET'; 'RELOCATION_EXTERN_NOT_FOUND',
 *   'RELOCATION_BAD_EXTERN', 'RELOCATION_NO_KERNEL_FACTS' where the extern cannot be resolved
 */
export function applyExterns(
  spec: ObjectSpec,
  fn: FunctionSpec,
  resolver: ExternResolver,
  insns: Uint8Array,
  observer: Observer<RelocateStep>,
): AppliedExterns {
  const view = new InsnView(insns, spec.elf.endianness)
  const externs: AppliedExtern[] = []
  const mapReferences: MapReference[] = []
  for (const relocation of externRelocations(spec, fn)) {
    const reference = readReference(spec, fn, relocation)
    const { insn, extern, form, addend } = reference
    const resolution = resolve(spec, fn, reference, resolver)
    if (extern.kind === 'kconfig') {
      mapReferences.push({ insn, map: KCONFIG_SECTION, kind: 'value', offset: extern.offset + addend })
    } else {
      patch(spec, fn, view, reference, resolution, observer)
      externs.push({ insn, form, extern: extern.name, resolution })
    }
  }
  return { externs, mapReferences }
}

function externRelocations(spec: ObjectSpec, fn: FunctionSpec): readonly ElfRelocation[] {
  return relocationsOf(spec, fn).filter((relocation) => roleOf(spec.elf, relocation) === 'extern')
}

function externOf(spec: ObjectSpec, { symbol }: ElfRelocation): ExternSpec | undefined {
  return spec.externs.get(spec.elf.symbols[symbol]?.name ?? '')
}

function readReference(spec: ObjectSpec, fn: FunctionSpec, relocation: ElfRelocation): ExternReference {
  const offset = relocation.offset - fn.start * INSN_SIZE
  const bad = (found: string): RelocationError =>
    relocationError(spec, fn, offset, 'RELOCATION_BAD_TARGET', found)
  const extern = externOf(spec, relocation)
  if (extern === undefined) throw undefinedSymbol(spec, fn, relocation, offset)
  const insn = insnIndex(offset / INSN_SIZE)
  const view = new InsnView(fn.insns, spec.elf.endianness)
  if (offset % INSN_SIZE !== 0) throw bad('the relocation is about the middle of an instruction')
  const slot = view.get(insn)
  if (relocation.type === R_BPF_64_32 && isCall(slot)) {
    if (extern.kind === 'kfunc') return { insn, form: 'call', extern, addend: 0 }
    throw bad(`it calls extern ${extern.name}, which is no function`)
  }
  if (relocation.type !== R_BPF_64_64 || !isLdimm64(slot) || insn + 1 >= view.length) {
    throw bad(
      `it refers to extern ${extern.name}, and is neither a call nor a 64-bit immediate load (ldimm64)`,
    )
  }
  const addend = Number(relocation.addend ?? slot.imm)
  const room = extern.kind === 'kconfig' ? extern.size : 1
  if (addend >= 0 && addend < room) return { insn, form: 'load', extern, addend }
  throw bad(`it refers to byte ${addend} of extern ${extern.name}, which is not part of it`)
}

function undefinedSymbol(
  spec: ObjectSpec,
  fn: FunctionSpec,
  { symbol }: ElfRelocation,
  offset: number,
): RelocationError {
  const name = spec.elf.symbols[symbol]?.name ?? ''
  return relocationError(
    spec,
    fn,
    offset,
    'RELOCATION_UNDEFINED_SYMBOL',
    `${name || `symbol ${symbol}`} is not defined in the object, and BTF does not say that it is the kernel's; define it, ` +
      'or declare it with __ksym or __kconfig of bpf_helpers.h and build with clang -g',
  )
}

function resolve(
  spec: ObjectSpec,
  fn: FunctionSpec,
  { insn, extern }: ExternReference,
  resolver: ExternResolver,
): ExternResolution {
  const outcome = resolver.outcome(extern)
  if (outcome.kind !== 'failed') return outcome
  throw relocationError(spec, fn, insn * INSN_SIZE, outcome.code, outcome.why, outcome.cause)
}

function patch(
  spec: ObjectSpec,
  fn: FunctionSpec,
  view: InsnView,
  { insn, form, extern }: ExternReference,
  resolution: ExternResolution,
  observer: Observer<RelocateStep>,
): void {
  const slot = view.get(insn)
  // A CO-RE relocation may have poisoned the instruction; it stays so.
  if (!(form === 'call' ? isCall(slot) : isLdimm64(slot))) return
  const before: Slots = form === 'call' ? [slot] : [slot, view.get(insnIndex(insn + 1))]
  const after = form === 'call' ? callOf(slot, placeOf(spec, extern), resolution) : loadOf(before, resolution)
  for (const [index, patched] of after.entries()) view.set(insnIndex(insn + index), patched)
  observer?.({ kind: 'insn-patched', program: fn.name, insn, before, after, why: 'extern' })
}

const places = new WeakMap<ObjectSpec['externs'], ReadonlyMap<string, number>>()

/** Its place among the object's externs. */
function placeOf({ externs }: ObjectSpec, { name }: ExternSpec): number {
  const known = places.get(externs) ?? new Map([...externs.keys()].map((each, index) => [each, index]))
  places.set(externs, known)
  return known.get(name) ?? 0
}
