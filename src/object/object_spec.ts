import type { Btf } from '../btf/btf.ts'
import type { BtfExt } from '../btf/btf_ext.ts'
import type { ElfFile } from '../elf/elf_file.ts'
import type { ArenaData } from './arena_data.ts'
import type { ExternSpec } from './extern_spec.ts'
import type { FunctionSpec } from './function_spec.ts'
import type { Globals, GlobalVariable } from './globals.ts'
import type { MapSpec } from './map_spec.ts'
import type { ProgramSpec } from './program_spec.ts'
import type { StructOps } from './struct_ops_members.ts'

/**
 * A BPF object as its file describes it. Nothing in it depends on a kernel. Global variables, map sizes and `autoload` of
 * programs may be edited; a load reads the spec and leaves it as it is, so that one spec serves many loads.
 */
export interface ObjectSpec {
  /** The file's name up to its first dot, without directory: `bootstrap` for `bpf/bootstrap.bpf.o`. */
  readonly name: string
  readonly elf: ElfFile
  /**
   * The object's own types, with the places of global variables filled in, and with the arrays that data sections which
   * were resized end with; undefined where it was built without -g.
   */
  readonly btf: Btf | undefined
  readonly btfExt: BtfExt | undefined
  /** The string of the `license` section, '' without one. */
  readonly license: string
  readonly programs: ReadonlyMap<string, ProgramSpec>
  /** Programs and what they can call, by section and place; names need not be unique. */
  readonly functions: readonly FunctionSpec[]
  /**
   * Those of `.maps` and of sections from before BTF, `maps`, then one for each data section, named as the section, then
   * `.kconfig`, then those of `.struct_ops` and its like.
   */
  readonly maps: ReadonlyMap<string, MapSpec>
  /** What the object refers to and does not define, by name: those of `.kconfig` in their places, then those of `.ksyms`. */
  readonly externs: ReadonlyMap<string, ExternSpec>
  /** The section of `__arena` variables; undefined for an object without. */
  readonly arenaData: ArenaData | undefined
  /** Those of the data sections, as long as their maps' sizes leave room for them. */
  readonly variables: readonly GlobalVariable[]
  /** The initial values of global variables, by name. */
  readonly globals: Globals
  /** What the struct_ops maps are made of, by their names: data members as values, function pointers as programs' names. */
  readonly structOps: StructOps
}
