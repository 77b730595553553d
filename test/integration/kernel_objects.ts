import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import {
  BTF_GET_NEXT_ID,
  LINK_GET_NEXT_ID,
  MAP_GET_NEXT_ID,
  PROG_GET_NEXT_ID,
} from '../../src/abi/bpf_attr.ts'
import { encodeAttr } from '../../src/abi/encode_attr.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { hasPerfLink } from '../../src/kernel/probes/perf_link.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { eventually } from './eventually.ts'

/** The BPF objects of a process, and of the kernel as a whole, by their ids. */
export type ObjectKind = 'program' | 'map' | 'link' | 'btf'

export type ObjectIds = Readonly<Record<ObjectKind, readonly number[]>>

const nextIdTables = {
  program: PROG_GET_NEXT_ID,
  map: MAP_GET_NEXT_ID,
  link: LINK_GET_NEXT_ID,
  btf: BTF_GET_NEXT_ID,
} as const

/** What /proc/PID/fd says that such a descriptor is, and which line of its fdinfo has the id. */
const descriptors: Readonly<Record<ObjectKind, { readonly target: RegExp; readonly id: RegExp }>> = {
  program: { target: /bpf-prog/, id: /^prog_id:\s*(\d+)$/m },
  map: { target: /bpf-map/, id: /^map_id:\s*(\d+)$/m },
  link: { target: /bpf.link/, id: /^link_id:\s*(\d+)$/m },
  btf: { target: /^anon_inode:\[?btf/, id: /^btf_id:\s*(\d+)$/m },
}

/** What a process has open; all of it empty where the process is gone. */
export function objectsOf(pid: number): ObjectIds {
  return {
    program: idsOf(pid, 'program'),
    map: idsOf(pid, 'map'),
    link: idsOf(pid, 'link'),
    btf: idsOf(pid, 'btf'),
  }
}

/**
 * How many programs a process has attached to tracepoints: by links, or on kernels that have none for perf events by an ioctl
 * on the event, which nothing shows; there it is the event that comes a moment before.
 */
export function attachedPrograms(pid: number): number {
  if (hasPerfLink(openKernel()).kind === 'there') return idsOf(pid, 'link').length
  const events = descriptorsOf(pid).filter((fd) => fd.target === 'anon_inode:[perf_event]')
  return events.length
}

interface Descriptor {
  readonly fd: string
  /** What /proc/PID/fd says that it is. */
  readonly target: string
}

/** Descriptors come and go while they are listed. */
function descriptorsOf(pid: number): readonly Descriptor[] {
  return orElse([], () => readdirSync(`/proc/${pid}/fd`)).map((fd) => ({
    fd,
    target: orElse('', () => readlinkSync(`/proc/${pid}/fd/${fd}`)),
  }))
}

function idsOf(pid: number, kind: ObjectKind): readonly number[] {
  const { target, id } = descriptors[kind]
  return descriptorsOf(pid).flatMap(({ fd, target: shown }) => {
    if (!target.test(shown)) return []
    const found = id.exec(orElse('', () => readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8')))
    return found === null ? [] : [Number(found[1])]
  })
}

function orElse<T>(otherwise: T, read: () => T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}

/** Which of `ids` exist in the kernel. */
export function alive(ids: ObjectIds): ObjectIds {
  const kernel = openKernel()
  const living = (kind: ObjectKind): readonly number[] => {
    const all = new Set(idsInKernel(kernel, kind))
    return ids[kind].filter((id) => all.has(id))
  }
  return { program: living('program'), map: living('map'), link: living('link'), btf: living('btf') }
}

/** Ids of every object of a kind; they ascend. */
export function idsInKernel(kernel: Kernel, kind: ObjectKind): readonly number[] {
  const ids: number[] = []
  for (let id = nextId(kernel, kind, 0); id !== undefined; id = nextId(kernel, kind, id)) ids.push(id)
  return ids
}

function nextId(kernel: Kernel, kind: ObjectKind, after: number): number | undefined {
  const table = nextIdTables[kind]
  const attr = encodeAttr(table, { start_id: after })
  try {
    kernel.bpf(table.command, attr)
  } catch (error) {
    if (error instanceof SyscallError && error.errnoName === 'ENOENT') return undefined
    throw error
  }
  return new DataView(attr.bytes.buffer, attr.bytes.byteOffset).getUint32(4, true)
}

/** Resolves when none of `ids` exists any more: the kernel frees objects in the background, after a grace period. */
export async function allGone(ids: ObjectIds): Promise<void> {
  await eventually(`the kernel frees ${JSON.stringify(ids)}`, () => {
    const left = alive(ids)
    return Object.values(left).every((list) => list.length === 0) ? true : undefined
  })
}
