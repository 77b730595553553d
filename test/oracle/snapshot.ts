import { readFileSync } from 'node:fs'
import { bpf_map_type } from '../../src/abi/generated/bpf.ts'
import type { Fd } from '../../src/base/units.ts'
import type { Btf } from '../../src/btf/btf.ts'
import { lookupElement, nextKey } from '../../src/kernel/bpf_calls.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { btfById, mapById, mapInfo, programById, programInfo, type ProgramInfo } from './kernel_info.ts'
import { typeLabels, type TypeLabels } from './type_labels.ts'

/** One load's traces in the kernel, with every id replaced by what it stands for. */
export interface Snapshot {
  /** By name. */
  readonly programs: ReadonlyMap<string, ProgramSnapshot>
  /** Sorted by name, then by everything else: several maps may be called the same in the kernel. */
  readonly maps: readonly MapSnapshot[]
  /** Undefined where the object was loaded without types. */
  readonly types: TypeLabels | undefined
}

export interface ProgramSnapshot {
  readonly info: ProgramInfo
  readonly mapNames: ReadonlyMap<number, string>
  /** Whether one of its maps is an arena, so that instructions may have addresses of user space. */
  readonly usesArena: boolean
  readonly funcInfo: readonly string[]
  readonly lineInfo: readonly string[]
}

/** Names and values of what BPF_OBJ_GET_INFO_BY_FD tells of a map, and of what is in it. */
export type MapSnapshot = Readonly<Record<string, string | number | bigint>>

/** Reads everything that is compared; the descriptors stay open and stay the caller's. */
export function takeSnapshot(
  kernel: Kernel,
  programs: ReadonlyMap<string, Fd>,
  maps: readonly Fd[],
): Snapshot {
  const infos = new Map([...programs].map(([name, fd]) => [name, programInfo(kernel, fd)]))
  const types = typesOf(
    kernel,
    [...infos.values()].map(({ btfId }) => btfId),
  )
  // Maps that were not pinned are known through the programs that use them.
  const byId = new Map<number, MapSnapshot>()
  for (const fd of maps) byId.set(mapInfo(kernel, fd).id, mapSnapshot(kernel, fd, types))
  for (const id of [...infos.values()].flatMap(({ mapIds }) => mapIds)) {
    if (byId.has(id)) continue
    using map = mapById(kernel, id)
    byId.set(id, mapSnapshot(kernel, map.fd, types))
  }
  const mapNames = new Map([...byId].map(([id, map]) => [id, String(map['name'])]))
  return {
    programs: new Map(
      [...infos].map(([name, info]) => {
        const usesArena = info.mapIds.some((id) => byId.get(id)?.['type'] === bpf_map_type.BPF_MAP_TYPE_ARENA)
        return [name, programSnapshot(info, mapNames, usesArena, types.get(info.btfId))]
      }),
    ),
    maps: [...byId.values()].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1)),
    types: [...types.values()].map(({ labels }) => labels)[0],
  }
}

interface Types {
  readonly btf: Btf
  readonly labels: TypeLabels
}

function typesOf(kernel: Kernel, ids: readonly number[]): Map<number, Types> {
  const types = new Map<number, Types>()
  for (const id of ids) addTypes(kernel, types, id)
  return types
}

function addTypes(kernel: Kernel, types: Map<number, Types>, id: number): void {
  if (types.has(id)) return
  const btf = btfById(kernel, id)
  if (btf !== undefined) types.set(id, { btf, labels: typeLabels(btf) })
}

function programSnapshot(
  info: ProgramInfo,
  mapNames: ReadonlyMap<number, string>,
  usesArena: boolean,
  types: Types | undefined,
): ProgramSnapshot {
  const records = ({ bytes, recordSize, count }: ProgramInfo['funcInfo']): readonly DataView[] =>
    Array.from(
      { length: count },
      (_, i) => new DataView(bytes.buffer, bytes.byteOffset + i * recordSize, recordSize),
    )
  const word = (record: DataView, index: number): number => record.getUint32(index * 4, true)
  const string = (offset: number): string => types?.btf.string(offset) ?? ''
  return {
    info,
    mapNames,
    usesArena,
    // struct bpf_func_info: insn_off, type_id.
    funcInfo: records(info.funcInfo).map((record) => {
      const type = word(record, 1)
      return `${word(record, 0)}: ${types?.labels.texts[type] ?? type} (${types?.labels.labels[type] ?? ''})`
    }),
    // struct bpf_line_info: insn_off, file_name_off, line_off, line_col.
    lineInfo: records(info.lineInfo).map((record) => {
      const column = word(record, 3)
      return `${word(record, 0)}: ${string(word(record, 1))}:${column >>> 10}:${column & 1023} ${string(word(record, 2))}`
    }),
  }
}

/** How many entries of a map are compared. */
const MAX_ENTRIES = 64

function mapSnapshot(kernel: Kernel, fd: Fd, types: Map<number, Types>): MapSnapshot {
  const info = mapInfo(kernel, fd)
  addTypes(kernel, types, info.btf_id)
  const labels = types.get(info.btf_id)?.labels
  const label = (id: number): string =>
    id === 0 ? 'none' : `${labels?.texts[id] ?? id} (${labels?.labels[id] ?? ''})`
  return {
    name: info.name,
    type: info.type,
    key_size: info.key_size,
    value_size: info.value_size,
    max_entries: info.max_entries,
    map_flags: info.map_flags,
    map_extra: info.map_extra,
    ifindex: info.ifindex,
    btf: info.btf_id === 0 ? 'none' : 'there',
    btf_vmlinux_value_type_id: info.btf_vmlinux_value_type_id,
    key_type: label(info.btf_key_type_id),
    value_type: label(info.btf_value_type_id),
    frozen: /^frozen:\s*(\d)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '?',
    contents: contentsOf(kernel, fd, info),
  }
}

const {
  BPF_MAP_TYPE_ARRAY,
  BPF_MAP_TYPE_ARRAY_OF_MAPS,
  BPF_MAP_TYPE_HASH,
  BPF_MAP_TYPE_HASH_OF_MAPS,
  BPF_MAP_TYPE_LPM_TRIE,
  BPF_MAP_TYPE_PROG_ARRAY,
} = bpf_map_type

const MAPS_OF_MAPS: readonly number[] = [BPF_MAP_TYPE_ARRAY_OF_MAPS, BPF_MAP_TYPE_HASH_OF_MAPS]
const READABLE: readonly number[] = [
  BPF_MAP_TYPE_ARRAY,
  BPF_MAP_TYPE_HASH,
  BPF_MAP_TYPE_LPM_TRIE,
  BPF_MAP_TYPE_PROG_ARRAY,
  ...MAPS_OF_MAPS,
]

function contentsOf(kernel: Kernel, fd: Fd, info: ReturnType<typeof mapInfo>): string {
  if (!READABLE.includes(info.type)) return 'not read'
  const entries: string[] = []
  let key: Uint8Array | undefined
  for (let count = 0; count < MAX_ENTRIES; count++) {
    const next = new Uint8Array(info.key_size)
    if (nextKey(kernel, fd, key, next) === 'end') break
    key = next
    const value = new Uint8Array(info.value_size)
    const found = lookedUp(kernel, fd, next, value)
    if (found === 'found' && value.some((byte) => byte !== 0))
      entries.push(`${hex(next)}=${valueText(kernel, info.type, value)}`)
  }
  return entries.sort().join(' ')
}

function lookedUp(kernel: Kernel, fd: Fd, key: Uint8Array, value: Uint8Array): string {
  try {
    return lookupElement(kernel, fd, key, value)
  } catch (error) {
    if (error instanceof SyscallError) return error.errnoName
    throw error
  }
}

/** Where the value is the id of a map or a program, what that is. */
function valueText(kernel: Kernel, type: number, value: Uint8Array): string {
  if (type === BPF_MAP_TYPE_PROG_ARRAY) {
    using program = programById(kernel, idIn(value))
    const { name, tag } = programInfo(kernel, program.fd)
    return `program ${name} ${tag}`
  }
  if (MAPS_OF_MAPS.includes(type)) {
    using map = mapById(kernel, idIn(value))
    return `map ${textOf(mapSnapshot(kernel, map.fd, new Map()))}`
  }
  return hex(value)
}

const idIn = (value: Uint8Array): number => new DataView(value.buffer).getUint32(0, true)

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const textOf = (map: MapSnapshot): string =>
  Object.entries(map)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
