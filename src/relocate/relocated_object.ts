import type { InsnIndex } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import type { CoreResolution } from '../core/resolution.ts'
import type { ExternResolution } from './extern_resolution.ts'
import type { GlobalVariable } from '../object/globals.ts'
import type { MapAttributes } from '../object/map_spec.ts'
import type { ProgramSection } from '../object/section_names.ts'
import type { ProgramFailure } from './program_failure.ts'

/**
 * An object that is ready for the kernel but for the file descriptors of its maps, which exist only once a kernel has
 * made them. It shares nothing with the spec that it was made from, so that the spec may be edited again.
 */
export interface RelocatedObject {
  readonly name: string
  /** The file that errors speak of. */
  readonly fileName: string
  readonly license: string
  readonly btf: Btf | undefined
  readonly maps: readonly RelocatedMap[]
  /** What the arena holds from the start; undefined for an object without `__arena` variables. */
  readonly arenaData: RelocatedArenaData | undefined
  readonly variables: readonly GlobalVariable[]
  readonly programs: readonly RelocatedProgram[]
  /** The programs that were to be made ready and cannot be, in the object's order. */
  readonly failures: readonly ProgramFailure[]
}

export interface RelocatedMap extends MapAttributes {
  /** What the map's only value is filled with; empty where the map starts empty. */
  readonly contents: Uint8Array
}

export interface RelocatedArenaData {
  /** The map. */
  readonly arena: string
  /** As the variables name it that are in it. */
  readonly sectionName: string
  /** Bytes from the start of the arena; 0 until the loader knows the size of a page, and so of the arena. */
  readonly offset: number
  readonly contents: Uint8Array
}

export interface RelocatedProgram {
  readonly name: string
  readonly section: ProgramSection
  /** 8 bytes each. */
  readonly insns: Uint8Array
  /** What the instructions are made of, in the order of their places; the program's own function is first. */
  readonly functions: readonly LinkedFunction[]
  readonly mapReferences: readonly MapReference[]
  /** The instructions that refer to functions and symbols of the kernel. */
  readonly externs: readonly AppliedExtern[]
  /** Tables that the program jumps by; each becomes a map. */
  readonly jumpTables: readonly JumpTableReference[]
  readonly funcInfo: InfoRecords | undefined
  readonly lineInfo: InfoRecords | undefined
  readonly coreRelocations: readonly AppliedCoreRelocation[]
}

/** A function in a program that it was linked into. */
export interface LinkedFunction {
  readonly name: string
  readonly sectionName: string
  /** Where in the program it starts. */
  readonly start: InsnIndex
  /** Its instructions as the object file has them. */
  readonly original: Uint8Array
}

/** An `ldimm64` that is to load a map or an address within a map's only value, or within the data of an arena. */
export interface MapReference {
  readonly insn: InsnIndex
  readonly map: string
  readonly kind: 'map' | 'value'
  /** Bytes into the value; 0 for a reference to the map itself. */
  readonly offset: number
}

/** A call or an `ldimm64` that got what an extern stands for, but for the descriptor of a module's BTF. */
export interface AppliedExtern {
  readonly insn: InsnIndex
  readonly form: 'call' | 'load'
  /** Its name. */
  readonly extern: string
  readonly resolution: ExternResolution
}

/** An `ldimm64` that is to load a map made of a jump table; jump_tables.ts tells of them. */
export interface JumpTableReference {
  /** The `ldimm64`. */
  readonly insn: InsnIndex
  /** The table's symbol. */
  readonly name: string
  /** The instructions that the entries stand for. They count from where `insn` counts from. */
  readonly targets: readonly InsnIndex[]
}

/** Records as BPF_PROG_LOAD takes them: `insn_off` counts instructions from the start of the program. */
export interface InfoRecords {
  /** Bytes of each record. */
  readonly recordSize: number
  readonly count: number
  readonly bytes: Uint8Array
}

export interface AppliedCoreRelocation {
  readonly insn: InsnIndex
  readonly resolution: CoreResolution
}
