import type { SplitVariable } from '../btf/mend_variables.ts'
import type { ElfStep } from '../elf/steps.ts'
import type { MapSpec } from './map_spec.ts'
import type { ProgramSpec } from './program_spec.ts'

/** What `parseObject` reports while it works. */
export type ObjectStep =
  | ElfStep
  | { readonly kind: 'program-found'; readonly object: string; readonly program: ProgramSpec }
  | { readonly kind: 'map-found'; readonly object: string; readonly map: MapSpec }
  /** A part of a variable that the compiler split was given a type of its own size. */
  | { readonly kind: 'variable-mended'; readonly object: string; readonly variable: SplitVariable }
