import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Field, fieldEnd, fieldSize, type StructTable } from '../../src/abi/attr_table.ts'
import * as attr from '../../src/abi/bpf_attr.ts'
import { BPF_ATTR_TABLES } from '../../src/abi/bpf_attr.ts'
import { BPF_BTF_INFO, BPF_LINK_INFO, BPF_MAP_INFO, BPF_PROG_INFO } from '../../src/abi/bpf_info.ts'
import { LINK_INFO_TABLES } from '../../src/abi/link_info.ts'
import { encodeAttr } from '../../src/abi/encode_attr.ts'
import { PERF_EVENT_ATTR } from '../../src/abi/perf_event_attr.ts'
import { Btf } from '../../src/btf/btf.ts'
import type { BtfComposite } from '../../src/btf/types.ts'
import type { TypeId } from '../../src/base/units.ts'
import { isBefore, readKernelVersion } from '../../src/kernel/kernel_version.ts'
import { kernelBtfTest } from '../kernel/require.ts'

const INFO_TABLES: readonly StructTable[] = [
  BPF_PROG_INFO,
  BPF_MAP_INFO,
  BPF_LINK_INFO,
  ...Object.values(LINK_INFO_TABLES),
  BPF_BTF_INFO,
]
const ALL_TABLES: readonly StructTable[] = [...BPF_ATTR_TABLES, ...INFO_TABLES, PERF_EVENT_ATTR]

describe('the tables of union bpf_attr', () => {
  it.each(ALL_TABLES)(
    '$name has its fields in ascending order, aligned and without overlaps',
    ({ fields }) => {
      let end = 0
      for (const field of fields) {
        const alignment = field.type.includes('[') ? 1 : fieldSize(field.type)
        expect(field.offset % alignment, field.name).toBe(0)
        if (field.overlays === undefined) {
          expect(field.offset, field.name).toBeGreaterThanOrEqual(end)
          end = fieldEnd(field)
        } else {
          expect(fields.find(({ name }) => name === field.overlays)?.offset).toBe(field.offset)
        }
      }
      expect(end).toBeGreaterThan(0)
    },
  )

  it('knows each command under one number', () => {
    const commands = new Map(BPF_ATTR_TABLES.map(({ name, command }) => [name, command]))
    expect(new Set(commands.values()).size).toBe(commands.size)
    expect(commands.get('BPF_MAP_CREATE')).toBe(0)
    expect(commands.get('BPF_PROG_LOAD')).toBe(5)
    expect(commands.get('BPF_LINK_CREATE')).toBe(28)
  })

  // The offsets that include/uapi/linux/bpf.h, Linux 6.18, makes with the alignment of x86-64 and arm64, counted by hand.
  it.each([
    [attr.MAP_CREATE, { map_type: 0, map_name: 28, btf_fd: 48, btf_value_type_id: 56, map_extra: 64 }],
    [attr.MAP_UPDATE_ELEM, { map_fd: 0, key: 8, value: 16, flags: 24 }],
    [attr.MAP_GET_NEXT_KEY, { map_fd: 0, key: 8, next_key: 16 }],
    [attr.PROG_LOAD, { insns: 8, license: 16, log_buf: 32, prog_name: 48, expected_attach_type: 68 }],
    [attr.PROG_LOAD, { func_info: 80, line_info: 96, attach_btf_id: 108, fd_array: 120, core_relos: 128 }],
    [attr.BTF_LOAD, { btf: 0, btf_log_buf: 8, btf_size: 16, btf_log_level: 24 }],
    [attr.LINK_CREATE_STRUCT_OPS, { map_fd: 0, attach_type: 8, flags: 12 }],
    [
      attr.LINK_CREATE_PERF_EVENT,
      { prog_fd: 0, target_fd: 4, attach_type: 8, flags: 12, 'perf_event.bpf_cookie': 16 },
    ],
    [
      attr.LINK_UPDATE,
      { link_fd: 0, new_prog_fd: 4, new_map_fd: 4, flags: 8, old_prog_fd: 12, old_map_fd: 12 },
    ],
    [attr.OBJ_GET_INFO_BY_FD, { bpf_fd: 0, info_len: 4, info: 8 }],
    [attr.OBJ_PIN, { pathname: 0, bpf_fd: 8, file_flags: 12, path_fd: 16 }],
    [attr.PROG_TEST_RUN, { retval: 4, data_size_out: 12, data_in: 16, repeat: 32, duration: 36, ctx_in: 48 }],
    [attr.PROG_BIND_MAP, { prog_fd: 0, map_fd: 4, flags: 8 }],
  ])('puts the fields of $name where bpf.h has them', (table: StructTable, offsets) => {
    const found = new Map(table.fields.map(({ name, offset }) => [name, offset]))
    for (const [name, offset] of Object.entries(offsets)) expect(found.get(name), name).toBe(offset)
  })

  it('encodes a map as bpf.h lays it out', () => {
    const { bytes } = encodeAttr(attr.MAP_CREATE, {
      map_type: 1,
      key_size: 4,
      value_size: 8,
      max_entries: 9,
      map_name: 'ab',
    })
    const expected = new Uint8Array(44)
    const view = new DataView(expected.buffer)
    ;[1, 4, 8, 9].forEach((value, index) => {
      view.setUint32(index * 4, value, true)
    })
    expected.set([0x61, 0x62], 28)
    expect(bytes).toEqual(expected)
  })

  it('reserves the bytes that the kernel stores an id into although they are behind what it reads', () => {
    expect(encodeAttr(attr.PROG_GET_NEXT_ID, { start_id: 0 }).bytes).toHaveLength(8)
  })
})

describe("the tables against the kernel's own BTF", () => {
  const vmlinux = existsSync('/sys/kernel/btf/vmlinux')
    ? Btf.parse(new Uint8Array(readFileSync('/sys/kernel/btf/vmlinux')), { name: 'vmlinux' })
    : undefined

  /** The members by path, those of anonymous structs and unions without a step of their own; sizes in bytes. */
  function members(btf: Btf, type: BtfComposite, prefix = '', base = 0): [string, number][] {
    return type.members.flatMap((member) => {
      const offset = base + Math.floor(member.bitOffset / 8)
      const inner = composite(btf, member.type)
      if (inner === undefined) return [[prefix + member.name, offset]]
      return members(btf, inner, member.name === '' ? prefix : `${prefix}${member.name}.`, offset)
    })
  }
  function composite(btf: Btf, id: TypeId): BtfComposite | undefined {
    const type = btf.type(id)
    return type.kind === 'struct' || type.kind === 'union' ? type : undefined
  }

  /** Tables whose part of the union has a name in C. */
  const PARTS: Readonly<Record<string, string>> = {
    BPF_MAP_LOOKUP_BATCH: 'batch.',
    BPF_MAP_LOOKUP_AND_DELETE_BATCH: 'batch.',
    BPF_MAP_UPDATE_BATCH: 'batch.',
    BPF_MAP_DELETE_BATCH: 'batch.',
    BPF_LINK_CREATE: 'link_create.',
    BPF_LINK_UPDATE: 'link_update.',
    BPF_RAW_TRACEPOINT_OPEN: 'raw_tracepoint.',
    BPF_ITER_CREATE: 'iter_create.',
    BPF_LINK_DETACH: 'link_detach.',
    BPF_PROG_BIND_MAP: 'prog_bind_map.',
    BPF_PROG_QUERY: 'query.',
    BPF_PROG_TEST_RUN: 'test.',
    BPF_OBJ_GET_INFO_BY_FD: 'info.',
    BPF_TOKEN_CREATE: 'token_create.',
  }

  /** Members of a struct that several commands share, which this command takes later than the others. */
  const SHARED: ReadonlySet<string> = new Set([
    'BPF_BTF_GET_FD_BY_ID.open_flags',
    'BPF_MAP_LOOKUP_AND_DELETE_ELEM.flags',
  ])

  /** Fields of mprog for cgroups, which Debian's 6.12 has from its stable releases. */
  const BACKPORTED = 'BPF_LINK_CREATE.cgroup.'

  const running = readKernelVersion() ?? [0, 0]
  const isThere = ({ since }: Field): boolean => {
    const [major = 0, minor = 0] = since.split('.').map(Number)
    return !isBefore(running, [major, minor])
  }

  kernelBtfTest(
    'every field of every command is at the offset that this kernel has, or newer than this kernel',
    () => {
      const found = members(vmlinux!, vmlinux!.find('bpf_attr', 'union')!)
      const wrong: string[] = []
      for (const table of BPF_ATTR_TABLES) {
        for (const field of table.fields) {
          const part = PARTS[table.name] ?? ''
          // What has a struct of its own today may have been a member of the union before: `tracing.target_btf_id`.
          const paths = [`${part}${field.name}`, `${part}${field.name.split('.').at(-1) ?? ''}`]
          const offsets = found.filter(([name]) => paths.includes(name)).map(([, offset]) => offset)
          // A struct that several commands share has the field, and the kernel refuses it for this command.
          const name = `${table.name}.${field.name}`
          const mayBeThere = SHARED.has(name) || name.startsWith(BACKPORTED)
          if (offsets.includes(field.offset) !== isThere(field) && !(mayBeThere && !isThere(field)))
            wrong.push(
              `${table.name}.${field.name} since ${field.since} at ${field.offset}: ${offsets.join()}`,
            )
        }
      }
      expect(wrong).toEqual([])
    },
  )

  kernelBtfTest(
    'every field of the info structures and of perf_event_attr is at the offset that this kernel has, or newer',
    () => {
      for (const table of [...INFO_TABLES, PERF_EVENT_ATTR]) {
        const found = new Map(members(vmlinux!, vmlinux!.find(table.name, 'struct')!))
        // The bitfields together have no name in C; the first one is where they start.
        found.set('flags', found.get('disabled') ?? -1)
        for (const field of table.fields)
          expect(found.get(field.name), `${table.name}.${field.name} since ${field.since}`).toBe(
            isThere(field) ? field.offset : undefined,
          )
      }
    },
  )
})
