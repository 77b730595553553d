import { bpf_map_create_flags } from '../abi/generated/bpf.ts'
import type { BpfError } from '../base/errors.ts'
import { typeId } from '../base/units.ts'
import { Btf } from '../btf/btf.ts'
import { btfBytes, openBtfById } from '../kernel/bpf_calls.ts'
import { permissionErrorFor } from '../kernel/capabilities.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { openKernel } from '../kernel/linux.ts'
import { nextMapId, openMapById, openPinnedMap } from '../kernel/map_calls.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import { BpfMap, type MapTypes } from './bpf_map.ts'
import { MapError } from './map_error.ts'
import { isMap, type MapInfo, readMapInfo } from './map_info.ts'

const { BPF_F_RDONLY, BPF_F_WRONLY } = bpf_map_create_flags

/** A map that is in the kernel already. A name has at most 15 bytes there, and several maps may have it. */
export type MapAddress = { readonly path: string } | { readonly id: number } | { readonly name: string }

export interface OpenMapOptions {
  /** Default 'read and write'. */
  readonly access?: 'read' | 'write' | 'read and write' | undefined
  /** Default: the running one. */
  readonly kernel?: Kernel | undefined
}

const accessFlags = { read: BPF_F_RDONLY, write: BPF_F_WRONLY, 'read and write': 0 } as const

/**
 * Opens a map by the path where it is pinned, by its id, or by its name. Ids and names need CAP_SYS_ADMIN, and so do its types,
 * which typed handles ask for.
 *
 *     using counts = openMap({ path: '/sys/fs/bpf/counts' })
 *     counts.as.hash<number, bigint>().lookup(42)
 *
 * @throws MapError 'MAP_NOT_FOUND', 'MAP_AMBIGUOUS_NAME', 'MAP_REFUSED'; PermissionError
 */
export function openMap(address: MapAddress, options: OpenMapOptions = {}): BpfMap {
  const { access = 'read and write', kernel = openKernel() } = options
  const asked = describe(address)
  const flags = accessFlags[access]
  const descriptor = explained(asked, () => open(kernel, address, flags))
  if (descriptor === undefined) {
    throw new MapError('MAP_NOT_FOUND', `there is no map ${asked}`, { map: asked })
  }
  try {
    return mapOf(kernel, descriptor, asked, flags)
  } catch (error) {
    descriptor.close()
    throw error
  }
}

/**
 * What the kernel says of every map that there is, one after the other. Needs CAP_SYS_ADMIN.
 *
 * @throws PermissionError
 */
export function* listMaps(kernel: Kernel = openKernel()): Generator<MapInfo, void, undefined> {
  const next = (id: number): number | undefined => explained('by its id', () => nextMapId(kernel, id))
  for (let id = next(0); id !== undefined; id = next(id)) {
    const info = infoOf(kernel, id)
    if (info !== undefined) yield info
  }
}

/** Undefined where the map has gone meanwhile. */
function infoOf(kernel: Kernel, id: number): MapInfo | undefined {
  const descriptor = explained(`with id ${id}`, () => openMapById(kernel, id, BPF_F_RDONLY))
  if (descriptor === undefined) return undefined
  using map = descriptor
  return readMapInfo(kernel, map.fd)
}

function open(kernel: Kernel, address: MapAddress, flags: number): FileDescriptor | undefined {
  if ('path' in address) return openPinnedMap(kernel, address.path, flags)
  return openMapById(kernel, 'id' in address ? address.id : idOf(kernel, address.name), flags)
}

function idOf(kernel: Kernel, name: string): number {
  const ids = [...listMaps(kernel)].filter((map) => map.name === name).map(({ id }) => id)
  const [id, another] = ids
  if (id === undefined) {
    const advice = name.length > 15 ? '; names have at most 15 bytes in the kernel' : ''
    throw new MapError('MAP_NOT_FOUND', `there is no map of name ${name}${advice}`, { map: name })
  }
  if (another === undefined) return id
  throw new MapError(
    'MAP_AMBIGUOUS_NAME',
    `${ids.length} maps have the name ${name}; open one by its id: ${ids.join(', ')}`,
    { map: name },
  )
}

function mapOf(kernel: Kernel, descriptor: FileDescriptor, asked: string, openFlags: number): BpfMap {
  if (isMap(kernel, descriptor.fd) === false) {
    throw new MapError('MAP_NOT_FOUND', `what is there ${asked} is no map`, { map: asked })
  }
  const info = explained(asked, () => readMapInfo(kernel, descriptor.fd))
  const attributes = {
    name: info.name,
    type: info.type,
    keySize: info.keySize,
    valueSize: info.valueSize,
    maxEntries: info.maxEntries,
    flags: info.flags | openFlags,
    numaNode: 0,
    mapExtra: info.mapExtra,
    keyType: typeId(info.keyTypeId),
    valueType: typeId(info.valueTypeId),
  }
  return new BpfMap(kernel, descriptor, attributes, typesOf(kernel, info))
}

/** The map's own types, read when somebody asks. */
function typesOf(kernel: Kernel, { btfId, name }: MapInfo): MapTypes {
  let types: Btf | undefined
  return () => {
    if (btfId !== 0) types ??= explained(`with the types of ${name}`, () => readTypes(kernel, btfId))
    return types
  }
}

function readTypes(kernel: Kernel, id: number): Btf | undefined {
  const descriptor = openBtfById(kernel, id)
  if (descriptor === undefined) return undefined
  using btf = descriptor
  const bytes = btfBytes(kernel, btf.fd)
  return Btf.parse(bytes, { name: `BTF ${id}` })
}

function explained<Result>(asked: string, act: () => Result): Result {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    throw refusal(asked, error)
  }
}

function refusal(asked: string, cause: SyscallError): BpfError {
  const refused = (): MapError =>
    new MapError('MAP_REFUSED', `cannot open a map ${asked}: ${cause.message}`, { map: asked, cause })
  return permissionErrorFor(cause) ?? refused()
}

function describe(address: MapAddress): string {
  if ('path' in address) return `pinned at ${address.path}`
  return 'id' in address ? `with id ${address.id}` : `of name ${address.name}`
}
