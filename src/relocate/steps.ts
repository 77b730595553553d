import type { InsnIndex } from '../base/units.ts'
import type { CoreRelo } from '../btf/btf_ext.ts'
import type { CoreResolution } from '../core/resolution.ts'
import type { Slots } from '../core/patch.ts'
import type { FunctionReference } from './calls.ts'
import type { ExternSpec } from '../object/extern_spec.ts'
import type { ExternResolution } from './extern_resolution.ts'
import type { StructOpsPlan } from './plan_struct_ops.ts'
import type { MapReference, RelocatedProgram } from './relocated_object.ts'

/** What relocation reports while it works. */
export type RelocateStep =
  | {
      /** A function that the program calls, or whose address it takes, was copied behind it. */
      readonly kind: 'function-appended'
      readonly program: string
      readonly function: string
      readonly start: InsnIndex
      readonly insnCount: number
    }
  | {
      /** A call or an `ldimm64` got the distance to the function. */
      readonly kind: 'function-linked'
      readonly program: string
      readonly insn: InsnIndex
      readonly reference: FunctionReference['kind']
      readonly function: string
      /** Of the function, in the program. */
      readonly start: InsnIndex
    }
  | { readonly kind: 'map-reference-found'; readonly program: string; readonly reference: MapReference }
  /** A program is linked: what is left open is the descriptors of maps and modules. */
  | { readonly kind: 'program-relocated'; readonly program: RelocatedProgram }
  | {
      /** What an extern stands for in the kernel. */
      readonly kind: 'extern-resolved'
      readonly extern: ExternSpec
      readonly resolution: ExternResolution
    }
  | {
      /** A struct_ops map got the layout of the kernel's struct. */
      readonly kind: 'struct-ops-laid-out'
      readonly plan: StructOpsPlan
    }
  | {
      readonly kind: 'core-resolved'
      /** The program, or the subprogram: it is relocated once, before it is copied into programs. */
      readonly program: string
      /** The section that has it. Static functions may share a name. */
      readonly section: string
      readonly insn: InsnIndex
      readonly relo: CoreRelo
      readonly resolution: CoreResolution
    }
  | {
      readonly kind: 'insn-patched'
      /** For CO-RE and externs the function, as above. */
      readonly program: string
      readonly insn: InsnIndex
      /** The slots that change: one, or the two of an `ldimm64`. */
      readonly before: Slots
      readonly after: Slots
      /** A CO-RE relocation, an extern, or a map or module whose descriptor is known by now. */
      readonly why: 'core' | 'extern' | 'map' | 'module'
    }
