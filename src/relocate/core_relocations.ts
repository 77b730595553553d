import { BpfError } from '../base/errors.ts'
import type { Observer } from '../base/observer.ts'
import { type InsnIndex, insnIndex } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { type BtfExt, type BtfExtSection, type CoreRelo, decodeCoreRelo } from '../btf/btf_ext.ts'
import type { ModuleBtf } from '../btf/module_btf.ts'
import { CoreError } from '../core/core_error.ts'
import { patchInsn, type Slots } from '../core/patch.ts'
import { CoreResolver } from '../core/resolve.ts'
import { type Insn } from '../insn/insn.ts'
import { InsnView } from '../insn/insn_view.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import type { FunctionSpec } from '../object/function_spec.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import { OffsetIndex } from './offset_index.ts'
import type { AppliedCoreRelocation } from './relocated_object.ts'
import { RelocationError } from './relocation_error.ts'
import { titleOf } from './relocations.ts'
import type { RelocateStep } from './steps.ts'

/** The decoded relocations of each section; they are views of bytes that do not change. */
const indexes = new WeakMap<BtfExtSection, OffsetIndex<CoreRelo>>()

function indexOf(ext: BtfExt, section: BtfExtSection): OffsetIndex<CoreRelo> {
  const known = indexes.get(section)
  if (known !== undefined) return known
  const relos = Array.from({ length: section.count }, (_, index) => decodeCoreRelo(ext, section, index))
  const index = new OffsetIndex(relos, ({ insnOffset }) => insnOffset)
  indexes.set(section, index)
  return index
}

/** The CO-RE relocations of one program, by the instructions that they are about. */
export function coreRelosOf(spec: ObjectSpec, program: FunctionSpec): readonly CoreRelo[] {
  const { btfExt } = spec
  const section = btfExt?.coreRelos.find(({ sectionName }) => sectionName === program.sectionName)
  if (btfExt === undefined || section === undefined) return []
  const first = program.start * INSN_SIZE
  const end = first + program.insns.length
  return indexOf(btfExt, section).within(first, end)
}

/** Makes the resolver for all programs of an object that will be loaded; undefined where none has a CO-RE relocation. */
export function createResolver(
  spec: ObjectSpec,
  programs: readonly FunctionSpec[],
  vmlinux: () => Btf,
  modules: () => readonly ModuleBtf[] = () => [],
): CoreResolver | undefined {
  const { btf } = spec
  if (btf === undefined) return undefined
  const relos = programs.flatMap((program) =>
    coreRelosOf(spec, program).map((relo) => {
      // The search for candidates covers all programs at once; a root that is no type is blamed on its program here.
      named(spec, program, insnOf(program, relo), () => btf.type(relo.typeId))
      return relo
    }),
  )
  return relos.length === 0
    ? undefined
    : new CoreResolver(btf, { vmlinux, modules: () => modules().map((module) => module.btf) }, relos)
}

function insnOf(program: FunctionSpec, relo: CoreRelo): InsnIndex {
  return insnIndex(Math.floor(relo.insnOffset / INSN_SIZE) - program.start)
}

/** Resolves and applies the CO-RE relocations of one program to `insns`, a copy of its instructions. */
export function applyCoreRelocations(
  spec: ObjectSpec,
  program: FunctionSpec,
  resolver: CoreResolver | undefined,
  insns: Uint8Array,
  observer: Observer<RelocateStep>,
): readonly AppliedCoreRelocation[] {
  if (resolver === undefined) return []
  const view = new InsnView(insns, spec.elf.endianness)
  return coreRelosOf(spec, program).map((relo) => {
    const insn = insnOf(program, relo)
    return named(spec, program, insn, () => applyOne(resolver, relo, view, insn, program, observer))
  })
}

function applyOne(
  resolver: CoreResolver,
  relo: CoreRelo,
  view: InsnView,
  insn: InsnIndex,
  program: FunctionSpec,
  observer: Observer<RelocateStep>,
): AppliedCoreRelocation {
  if (relo.insnOffset % INSN_SIZE !== 0) {
    throw new CoreError(
      'CORE_BAD_RELOCATION',
      `its offset, byte ${relo.insnOffset}, is not the start of an instruction`,
    )
  }
  const resolution = resolver.resolve(relo)
  observer?.({ kind: 'core-resolved', program: program.name, insn, relo, resolution })
  const [first, second] = [view.get(insn), slotAt(view, insn + 1)]
  const after = patchInsn(first, second, resolution.result)
  for (const [slot, patched] of after.entries()) view.set(insnIndex(insn + slot), patched)
  const before: Slots = after.length === 2 && second !== undefined ? [first, second] : [first]
  observer?.({ kind: 'insn-patched', program: program.name, insn, before, after, why: 'core' })
  return { insn, resolution }
}

function slotAt(view: InsnView, index: number): Insn | undefined {
  return index < view.length ? view.get(insnIndex(index)) : undefined
}

/** Says which instruction of which program an error is about, and keeps it as the cause. */
function named<T>(spec: ObjectSpec, program: FunctionSpec, insn: InsnIndex, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    if (!(cause instanceof BpfError)) throw cause
    throw new RelocationError(
      'RELOCATION_CORE_FAILED',
      `${spec.elf.name}: cannot relocate instruction ${insn} of ${titleOf(program)}: ${cause.message}`,
      {
        object: spec.elf.name,
        section: program.sectionName,
        program: program.name,
        offset: insn * INSN_SIZE,
        cause,
      },
    )
  }
}
