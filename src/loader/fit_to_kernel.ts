import type { Kernel } from '../kernel/kernel.ts'
import { countPossibleCpus } from '../kernel/possible_cpus.ts'
import { readsContextTags } from '../kernel/probes/context_tags.ts'
import { hasFullRangeOffsets } from '../kernel/probes/full_range_offsets.ts'
import { hasContextTags, nameContexts } from '../relocate/context_arguments.ts'
import type { RelocatedObject } from '../relocate/relocated_object.ts'
import { fitArena } from './fit_arena.ts'
import { fitMaps } from './fit_maps.ts'

/**
 * Changes what the object file could not know: sizes of maps, the place of `__arena` variables, and types for a verifier that
 * does not read `__arg_ctx`. The kernel is asked only about what the object uses.
 *
 * @throws LoadError 'LOAD_ARENA_TOO_SMALL'
 */
export function fitToKernel(object: RelocatedObject, kernel: Kernel): RelocatedObject {
  const { pageSize } = kernel
  const needsContexts = hasContextTags(object) && readsContextTags(kernel).kind === 'not there'
  const fitted = fitMaps(needsContexts ? nameContexts(object) : object, {
    pageSize,
    possibleCpus: () => countPossibleCpus(kernel),
  })
  return fitArena(fitted, {
    pageSize,
    hasFullRangeOffsets: () => hasFullRangeOffsets(kernel).kind === 'there',
  })
}
