import { LINK_CREATE_STRUCT_OPS } from '../abi/bpf_attr.ts'
import { bpf_attach_type, bpf_map_create_flags } from '../abi/generated/bpf.ts'
import type { Observer } from '../base/observer.ts'
import type { Fd } from '../base/units.ts'
import { createLink, deleteElement, updateElement } from '../kernel/bpf_calls.ts'
import { permissionErrorFor } from '../kernel/capabilities.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import { AttachError } from './attach_error.ts'
import { Link } from './link.ts'
import type { LinkStep } from './steps.ts'
import { Undo } from './undo.ts'

/** A struct_ops map whose programs are loaded. */
export interface StructOpsMap {
  readonly name: string
  readonly fd: Fd
  /** `map_flags`. */
  readonly flags: number
  /** The kernel's value, with the descriptors of the programs in it. */
  readonly value: Uint8Array
}

/** A struct_ops map has one value, under this key. */
const ONLY_KEY = new Uint8Array(4)

/**
 * Registers a struct_ops map: from now on the kernel may call its programs. A map of a `.link` section is registered by a BPF
 * link (Linux 6.4), which ends with this process at the latest. Any other map is registered by its update, and stays
 * registered until the link is closed, even if this process dies before.
 *
 * @throws AttachError 'ATTACH_FAILED', whose cause is a PermissionError where a right is missing
 */
export function attachStructOps(kernel: Kernel, map: StructOpsMap, observer?: Observer<LinkStep>): Link {
  const target = `struct_ops ${map.name}`
  const byLink = (map.flags & bpf_map_create_flags.BPF_F_LINK) !== 0
  try {
    const link = byLink ? linkMap(kernel, map, target) : register(kernel, map, target)
    observer?.({ kind: 'link-made', program: map.name, target, how: byLink ? 'bpf-link' : 'map-update' })
    return link
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    const cause = permissionErrorFor(error) ?? error
    const message = `cannot register struct_ops map ${map.name}: ${cause.message}`
    throw new AttachError('ATTACH_FAILED', message, { program: map.name, map: map.name, cause })
  }
}

function linkMap(kernel: Kernel, { name, fd, value }: StructOpsMap, target: string): Link {
  try {
    updateElement(kernel, fd, ONLY_KEY, value, 0)
  } catch (error) {
    // The map has its value from an earlier link, and can have one once only.
    if (!(error instanceof SyscallError) || error.errnoName !== 'EBUSY') throw error
  }
  const values = { map_fd: fd, attach_type: bpf_attach_type.BPF_STRUCT_OPS }
  const descriptor = createLink(kernel, LINK_CREATE_STRUCT_OPS, values)
  return new Link(name, target, [descriptor], { kernel, descriptor })
}

function register(kernel: Kernel, { name, fd, value }: StructOpsMap, target: string): Link {
  updateElement(kernel, fd, ONLY_KEY, value, 0)
  const registration = new Undo(() => {
    deleteElement(kernel, fd, ONLY_KEY)
  })
  return new Link(name, target, [registration])
}
