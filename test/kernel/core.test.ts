import { readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { Btf } from '../../src/btf/btf.ts'
import * as insn from '../../src/insn/assemble.ts'
import { BPF_JEQ } from '../../src/insn/opcodes.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { built } from '../btf/build.ts'
import { type ProgramDescription, writeObject } from '../object/object_writer.ts'
import { bpfTest, kernelBtfTest } from './require.ts'

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

describe('an enumerator that the target lacks', () => {
  const target = built((builder) =>
    builder.addEnum('color', { size: 4, signed: false, enumerators: [{ name: 'RED', value: 1n }] }),
  ).btf
  const value = { type: 'color', access: '0', kind: 'enumval_value' } as const

  function objectOf(program: ProgramDescription): ObjectSpec {
    const bytes = writeObject({
      types: (builder) => ({
        color: builder.addEnum('color', {
          size: 4,
          signed: false,
          enumerators: [{ name: 'GREEN', value: 7n }],
        }),
      }),
      programs: [{ section: 'socket', ...program }],
    })
    return parseObject(bytes, 'color.bpf.o')
  }

  bpfTest('does no harm behind a check of its existence', () => {
    const spec = objectOf({
      insns: [
        insn.loadImm64(1, 1n),
        insn.movImm(0, 0),
        insn.jumpImm(BPF_JEQ, 1, 0, 2),
        insn.loadImm64(0, 7n),
        insn.exit(),
      ],
      coreRelos: [
        { insn: 0, type: 'color', access: '0', kind: 'enumval_exists' },
        { insn: 4, ...value },
      ],
    })
    using object = loadObject(spec, { targetBtf: target })
    expect(object.programs.size).toBe(1)
  })

  bpfTest('is what the error names where nothing checks it', () => {
    const spec = objectOf({ insns: [insn.loadImm64(0, 7n), insn.exit()], coreRelos: [{ insn: 0, ...value }] })
    const error = bpfErrorOf('VERIFIER_REJECTED', () => {
      loadObject(spec, { targetBtf: target }).close()
    })
    expect(error.message).toContain('it takes the value of enumerator GREEN of enum color')
    expect(error.message).toContain('bpf_core_enum_value_exists()')
  })
})
