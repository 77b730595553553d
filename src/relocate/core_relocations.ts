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
import { outcomeOf } from './function_results.ts'
import { OffsetIndex } from './offset_index.ts'
import type { AppliedCoreRelocation } from './relocated_object.ts'
import { RelocationError } from './relocation_error.ts'
import { titleOf } from './relocations.ts'
import type { RelocateStep } from './steps.ts'

/** A record of `.BTF.ext`: reading it may fail, which costs the function that it is about and no other. */
interface RecordPlace {
  readonly ext: BtfExt
  readonly section: BtfExtSection
  readonly index: number
  /** Bytes from the start of the ELF section. */
  readonly insnOffset: number
}

/** The records of each section by place; they are views of bytes that do not change. */
const indexes = new WeakMap<BtfExtSection, OffsetIndex<RecordPlace>>()

function indexOf(ext: BtfExt, section: BtfExtSection): OffsetIndex<RecordPlace> {
  const known = indexes.get(section)
  if (known !== undefined) return known
  const { records, recordSize, count } = section
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
  const places = Array.from({ length: count }, (_, index): RecordPlace => {
    const insnOffset = view.getUint32(index * recordSize, ext.btf.endianness === 'little')
    return { ext, section, index, insnOffset }
  })
  const index = new OffsetIndex(places, ({ insnOffset }) => insnOffset)
  indexes.set(section, index)
  return index
}

/** Where the CO-RE relocations of a function are, by the instructions that they are about. */
export function coreRelosOf(spec: ObjectSpec, fn: FunctionSpec): readonly RecordPlace[] {
  const { btfExt } = spec
  const section = btfExt?.coreRelos.find(({ sectionName }) => sectionName === fn.sectionName)
  if (btfExt === undefined || section === undefined) return []
  const first = fn.start * INSN_SIZE
  const end = first + fn.insns.length
  return indexOf(btfExt, section).within(first, end)
}

/** @throws BtfError where the record, or the type that it is about, cannot be read */
function readRelo({ ext, section, index }: RecordPlace): CoreRelo {
  const relo = decodeCoreRelo(ext, section, index)
  ext.btf.type(relo.typeId)
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
  const places = functions.flatMap((fn) => coreRelosOf(spec, fn))
  if (btf === undefined || places.length === 0) return undefined
  // What cannot be read is no root to search for; whoever applies it learns why.
  const relos = places.flatMap((place) => {
    const outcome = outcomeOf(() => readRelo(place))
    return outcome.kind === 'done' ? [outcome.result] : []
  })
  return new CoreResolver(btf, { vmlinux, modules: () => modules().map((module) => module.btf) }, relos)
}

function insnOf(program: FunctionSpec, place: RecordPlace): InsnIndex {
  return insnIndex(Math.floor(place.insnOffset / INSN_SIZE) - program.start)
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
  return coreRelosOf(spec, program).map((place) => {
    const insn = insnOf(program, place)
    return named(spec, program, insn, () =>
      applyOne(resolver, readRelo(place), view, insn, program, observer),
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
