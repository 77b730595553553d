import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { describeType } from '../../src/btf/describe_type.ts'
import { alignmentOf, sizeOf } from '../../src/btf/layout.ts'
import { resolve } from '../../src/btf/resolve.ts'

const VMLINUX = '/sys/kernel/btf/vmlinux'
const hasBpftool = spawnSync('bpftool', ['version']).status === 0

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}

const skip = !isReadable(VMLINUX)
const parse = (): Btf => Btf.parse(readFileSync(VMLINUX), { name: 'vmlinux' })

describe("the running kernel's BTF", () => {
  it.skipIf(skip)(`decodes, all of it (needs ${VMLINUX})`, { timeout: 60_000 }, () => {
    const btf = parse()
    expect(btf.typeCount).toBeGreaterThan(10_000)
    const ids = Array.from({ length: btf.typeCount }, (_, index) => typeId(btf.firstId + index))
    const types = ids.map((id) => btf.type(id))
    expect(types.filter((type, index) => type.id !== ids[index])).toEqual([])
    expect(ids.filter((id) => describeType(btf, id) === '')).toEqual([])
    const structs = types.flatMap((type) => (type.kind === 'struct' ? [type] : []))
    expect(structs.filter(({ id }) => sizeOf(btf, id) % alignmentOf(btf, id) !== 0)).toEqual([])
    const members = structs.flatMap(({ size, members }) => members.map((member) => ({ size, ...member })))
    expect(members.filter(({ size, bitOffset }) => bitOffset > size * 8)).toEqual([])
  })

  it.skipIf(skip)(`has the structs that tracing programs read, found by name (needs ${VMLINUX})`, () => {
    const btf = parse()
    const found = btf.idsByEssentialName(['task_struct', 'file', 'no_such_struct_at_all'])
    const structs = (name: string) => found.get(name)?.filter((id) => btf.kind(id) === 'struct').length
    expect(structs('task_struct')).toBeGreaterThanOrEqual(1)
    expect(structs('file')).toBeGreaterThanOrEqual(1)
    expect(found.get('no_such_struct_at_all')).toEqual([])
    expect(btf.idsNamed('task_struct')).toEqual(found.get('task_struct'))
    const parent = btf.find('task_struct', 'struct')?.members.find(({ name }) => name === 'real_parent')
    const pointer = resolve(btf, parent!.type)
    expect(pointer.kind === 'ptr' && resolve(btf, pointer.target).name).toBe('task_struct')
  })

  it.skipIf(skip || !hasBpftool)(
    `is what bpftool says (needs ${VMLINUX} and bpftool)`,
    { timeout: 60_000 },
    () => {
      const btf = parse()
      const text = execFileSync('bpftool', ['btf', 'dump', 'file', VMLINUX, 'format', 'raw'], {
        maxBuffer: 1 << 28,
      })
      const lines = text.toString().split('\n')
      const heads = lines.filter((line) => line.startsWith('['))
      expect(btf.typeCount).toBe(heads.length)
      const task = btf.find('task_struct', 'struct')!
      const start = lines.findIndex((line) => line.startsWith(`[${task.id}] STRUCT 'task_struct'`))
      const theirs = lines.slice(start + 1, start + 1 + task.members.length)
      const ours = task.members.map(({ name, type, bitOffset, bitfieldSize }) => {
        const bitfield = bitfieldSize === 0 ? '' : ` bitfield_size=${bitfieldSize}`
        return `\t'${name === '' ? '(anon)' : name}' type_id=${type} bits_offset=${bitOffset}${bitfield}`
      })
      expect(ours).toEqual(theirs)
      expect(ours.join('\n')).toMatch(/'tgid'[^]*'real_parent'/)
    },
  )
})
