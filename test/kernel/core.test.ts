import { readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { Btf } from '../../src/btf/btf.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import { kernelBtfTest } from './require.ts'

function vmlinux(): Btf {
  return Btf.parse(readFileSync('/sys/kernel/btf/vmlinux'), { name: 'vmlinux' })
}

/** Byte offsets of a struct's named members, those of anonymous members included: a second way to the same numbers. */
function offsetsOf(btf: Btf, struct: string): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>()
  const [root] = btf.idsNamed(struct).filter((id) => btf.kind(id) === 'struct')
  const todo = root === undefined ? [] : [{ id: root, start: 0 }]
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const type = btf.type(next.id)
    if (type.kind !== 'struct' && type.kind !== 'union') continue
    for (const { name, type: id, bitOffset } of type.members) {
      const start = next.start + bitOffset
      if (name === '') todo.push({ id, start })
      else offsets.set(name, start / 8)
    }
  }
  return offsets
}

describe('CO-RE against the running kernel', () => {
  kernelBtfTest('resolves every field of bootstrap.bpf.o to where this kernel has it', () => {
    const target = vmlinux()
    const bytes = readFileSync(new URL('../../bpf/bootstrap.bpf.o', import.meta.url))
    const { programs } = relocateObject(parseObject(bytes, 'bootstrap.bpf.o'), { targetBtf: () => target })
    const seen = new Set<string>()
    for (const { resolution } of programs.flatMap(({ coreRelocations }) => coreRelocations)) {
      if (resolution.family !== 'field') return expect.fail('every relocation is about a field')
      const { kind, local, result } = resolution
      const root = local.btf.nameOf(local.root)
      const field = local.accessors.at(-1)
      if (field?.kind !== 'member') return expect.fail('every relocation names a member')
      const offset = offsetsOf(target, root).get(field.name)
      seen.add(`${kind} ${root}.${field.name}`)
      if (kind === 'field_exists') expect(result).toMatchObject({ value: offset === undefined ? 0n : 1n })
      else if (offset === undefined) expect(result).toEqual({ kind: 'poison' })
      else expect(result, field.name).toMatchObject({ kind: 'value', value: BigInt(offset) })
    }
    expect([...seen]).toEqual(
      expect.arrayContaining([
        'field_byte_offset task_struct.tgid',
        'field_byte_offset signal_struct.group_exit_code',
      ]),
    )
  })
})
