import type { AttachTypeName } from '../object/section_definitions.ts'
import { AttachError } from './attach_error.ts'
import type { AttachContext } from './attaching.ts'

type Direction = 'ingress' | 'egress'

const DIRECTIONS: Readonly<Partial<Record<AttachTypeName, Direction>>> = {
  BPF_TCX_INGRESS: 'ingress',
  BPF_TCX_EGRESS: 'egress',
}

/**
 * Which packets a program of traffic control is to see: what the target says, else what the section's name does.
 *
 * @throws AttachError 'ATTACH_NO_TARGET'
 */
export function trafficDirection(
  { program: { name, section } }: AttachContext,
  target: { readonly direction?: Direction | undefined },
): Direction {
  const { attachType } = section.definition
  const direction = target.direction ?? (attachType && DIRECTIONS[attachType])
  if (direction !== undefined) return direction
  throw new AttachError(
    'ATTACH_NO_TARGET',
    `cannot attach program ${name}: neither the target nor section '${section.name}' says whether it is to see what comes in ` +
      "or what goes out; give the target a direction, 'ingress' or 'egress'",
    { program: name, section: section.name },
  )
}
