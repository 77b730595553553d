import { BpfError } from '../base/errors.ts'
import type { Observer } from '../base/observer.ts'
import { type InsnIndex, insnIndex } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { BtfError } from '../btf/btf_error.ts'
import {
  type BtfExt,
  type BtfExtSection,
  type CoreRecord,
  type CoreRelo,
  decodeCoreRelos,
} from '../btf/btf_ext.ts'
import type { ModuleBtf } from '../btf/module_btf.ts'
import { CoreError } from '../core/core_error.ts'
import { patchInsn, type Slots } from '../core/patch.ts'
import { CoreResolver } from '../core/resolve.ts'
import { type Insn } from '../insn/insn.ts'
import { InsnView } from '../insn/insn_view.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import type { FunctionSpec } from '../object/function_spec.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import { outcomeOf } from './function_results.ts'
import { OffsetIndex } from './offset_index.ts'
import type { AppliedCoreRelocation } from './relocated_object.ts'
import { RelocationError } from './relocation_error.ts'
import { titleOf } from './relocations.ts'
import type { RelocateStep } from './steps.ts'

/** The records of each section by place; they are views of bytes that do not change. */
const indexes = new WeakMap<BtfExtSection, OffsetIndex<CoreRecord>>()

function indexOf(ext: BtfExt, section: BtfExtSection): OffsetIndex<CoreRecord> {
  const known = indexes.get(section)
  if (known !== undefined) return known
  const index = new OffsetIndex(decodeCoreRelos(ext, section), ({ insnOffset }) => insnOffset)
  indexes.set(section, index)
  return index
}

/** Where the CO-RE relocations of a function are, by the instructions that they are about. */
export function coreRelosOf(spec: ObjectSpec, fn: FunctionSpec): readonly CoreRecord[] {
  const { btfExt } = spec
  const section = btfExt?.coreRelos.find(({ sectionName }) => sectionName === fn.sectionName)
  if (btfExt === undefined || section === undefined) return []
  const first = fn.start * INSN_SIZE
  const end = first + fn.insns.length
  return indexOf(btfExt, section).within(first, end)
}

/** @throws BtfError where the record, or the type that it is about, cannot be read */
function readRelo(btf: Btf, { relo }: CoreRecord): CoreRelo {
  if (relo instanceof BtfError) throw relo
  btf.type(relo.typeId)
  return relo
}

/** Makes the resolver for all functions that will be loaded; undefined where none has a CO-RE relocation. */
export function createResolver(
  spec: ObjectSpec,
  functions: readonly FunctionSpec[],
  vmlinux: () => Btf,
  modules: () => readonly ModuleBtf[] = () => [],
): CoreResolver | undefined {
  const { btf } = spec
  const records = functions.flatMap((fn) => coreRelosOf(spec, fn))
  if (btf === undefined || records.length === 0) return undefined
  // What cannot be read is no root to search for; whoever applies it learns why.
  const relos = records.flatMap((record) => {
    const outcome = outcomeOf(() => readRelo(btf, record))
    return outcome.kind === 'done' ? [outcome.result] : []
  })
  return new CoreResolver(btf, { vmlinux, modules: () => modules().map((module) => module.btf) }, relos)
}

function insnOf(program: FunctionSpec, record: CoreRecord): InsnIndex {
  return insnIndex(Math.floor(record.insnOffset / INSN_SIZE) - program.start)
}

/** Resolves and applies the CO-RE relocations of one program to `insns`, a copy of its instructions. */
export function applyCoreRelocations(
  spec: ObjectSpec,
  program: FunctionSpec,
  resolver: CoreResolver | undefined,
  insns: Uint8Array,
  observer: Observer<RelocateStep>,
): readonly AppliedCoreRelocation[] {
  const { btf } = spec
  if (btf === undefined || resolver === undefined) return []
  const view = new InsnView(insns, spec.elf.endianness)
  return coreRelosOf(spec, program).map((record) => {
    const insn = insnOf(program, record)
    return named(spec, program, insn, () =>
      applyOne(resolver, readRelo(btf, record), view, insn, program, observer),
    )
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
  observer?.({
    kind: 'core-resolved',
    program: program.name,
    section: program.sectionName,
    insn,
    relo,
    resolution,
  })
  const first = view.get(insn)
  const second = slotAt(view, insn + 1)
  const after = patchInsn(first, second, resolution.result)
  after.forEach((patched, slot) => {
    view.set(insnIndex(insn + slot), patched)
  })
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
