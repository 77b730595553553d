import type { InsnIndex } from '../base/units.ts'
import type { CoreRelo } from '../btf/btf_ext.ts'
import type { CoreResolution } from '../core/resolve.ts'
import type { Slots } from '../core/patch.ts'
import type { MapReference } from './relocated_object.ts'

/** What relocation reports while it works. */
export type RelocateStep =
  | { readonly kind: 'map-reference-found'; readonly program: string; readonly reference: MapReference }
  | {
      readonly kind: 'core-resolved'
      readonly program: string
      readonly insn: InsnIndex
      readonly relo: CoreRelo
      readonly resolution: CoreResolution
    }
  | {
      readonly kind: 'insn-patched'
      readonly program: string
      readonly insn: InsnIndex
      /** The slots that change: one, or the two of an `ldimm64`. */
      readonly before: Slots
      readonly after: Slots
      /** A CO-RE relocation, or a map that exists by now. */
      readonly why: 'core' | 'map'
    }
