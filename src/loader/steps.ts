import type { Fd } from '../base/units.ts'
import type { BtfFeature } from '../btf/sanitize.ts'
import type { KernelStep } from '../kernel/steps.ts'
import type { LinkStep } from '../links/steps.ts'
import type { InitialSlot } from '../object/map_spec.ts'
import type { ObjectStep } from '../object/steps.ts'
import type { RelocateStep } from '../relocate/steps.ts'

/** What the loader itself reports. */
export type KernelObjectStep =
  | {
      readonly kind: 'target-btf-read'
      readonly name: string
      readonly bytes: number
      readonly typeCount: number
    }
  /** The types of one of the kernel's modules could not be read; the others are searched. A warning. */
  | { readonly kind: 'module-btf-skipped'; readonly module: string; readonly reason: string }
  /** The kernel does not tell which modules it has, so their types are not searched, or no further. A warning. */
  | { readonly kind: 'modules-not-listed'; readonly reason: string }
  | { readonly kind: 'btf-loaded'; readonly object: string; readonly bytes: number; readonly fd: Fd }
  /** The kernel lacks something that the object's types use: it gets them without. CO-RE uses them as they are. */
  | { readonly kind: 'btf-sanitized'; readonly object: string; readonly lacking: readonly BtfFeature[] }
  /** The kernel does not take the object's types, and the object is loaded without them. A warning. */
  | { readonly kind: 'btf-refused'; readonly object: string; readonly reason: string }
  | { readonly kind: 'map-created'; readonly map: string; readonly fd: Fd }
  | { readonly kind: 'map-filled'; readonly map: string; readonly bytes: number }
  | { readonly kind: 'map-frozen'; readonly map: string }
  | { readonly kind: 'map-reused'; readonly map: string; readonly path: string; readonly fd: Fd }
  | { readonly kind: 'map-pinned'; readonly map: string; readonly path: string }
  | { readonly kind: 'map-slot-filled'; readonly map: string; readonly slot: InitialSlot }
  | {
      readonly kind: 'program-verified'
      readonly program: string
      readonly insnCount: number
      readonly fd: Fd
    }
  /** The load goes on without a program, or ends for want of it when all that is wrong is known. */
  | { readonly kind: 'program-left-out'; readonly program: string; readonly why: string }
  | { readonly kind: 'map-left-out'; readonly map: string; readonly why: string }

/** Every step of a load, from the file's first section to the last link. One union, for `-v`, `explain` and tests alike. */
export type LoadStep = ObjectStep | RelocateStep | KernelStep | KernelObjectStep | LinkStep
