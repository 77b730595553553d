import { type DetailedLinkType, LINK_INFO_TABLES, type LinkDetails } from '../abi/link_info.ts'
import type { Fd } from '../base/units.ts'
import { infoByFd } from '../kernel/bpf_calls.ts'
import type { Kernel } from '../kernel/kernel.ts'

/**
 * What the kernel tells of a link besides what it tells of all, by the type of the link; undefined for types that tell nothing
 * more without buffers.
 *
 * @throws SyscallError
 */
export function linkDetails(kernel: Kernel, fd: Fd, typeName: string | undefined): LinkDetails | undefined {
  if (typeName === undefined || !isDetailed(typeName)) return undefined
  const values = infoByFd(kernel, fd, LINK_INFO_TABLES[typeName])
  const members = Object.entries(values).flatMap(([name, value]) => {
    const [, member] = name.split('.')
    return member === undefined ? [] : [[member, value] as const]
  })
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the table of the type has given each member its value
  return { type: typeName, ...Object.fromEntries(members) } as LinkDetails
}

function isDetailed(typeName: string): typeName is DetailedLinkType {
  return Object.hasOwn(LINK_INFO_TABLES, typeName)
}
