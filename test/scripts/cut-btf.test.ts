import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { cutBtf } from '../../scripts/cut-btf.ts'
import { typeId, type TypeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { sizeOf } from '../../src/btf/layout.ts'
import { addBasics } from '../btf/build.ts'
import { at } from '../core/members.ts'

/** struct task { struct inner in; struct far *far; struct task *next; union { int a; long b; } *u; }, and struct unused. */
function taskBtf(): Btf {
  const builder = new BtfBuilder()
  const { int } = addBasics(builder)
  builder.addStruct('unused', 4, [at(0, 'x', int)])
  const far = builder.addStruct('far', 4, [at(0, 'y', int)])
  const inner = builder.addStruct('inner', 16, [at(0, 'far', builder.addPtr(far)), at(8, 'z', int)])
  const union = builder.addUnion('', 4, [at(0, 'a', int)])
  const task = typeId(builder.nextId + 3)
  const [farPointer, taskPointer, unionPointer] = [far, task, union].map((id) => builder.addPtr(id))
  const unset = typeId(0)
  builder.addStruct('task', 40, [
    at(0, 'in', inner),
    at(16, 'far', farPointer ?? unset),
    at(24, 'next', taskPointer ?? unset),
    at(32, 'u', unionPointer ?? unset),
  ])
  return Btf.parse(builder.finish({ endianness: 'little' }), { name: 'whole' })
}

function cut(btf: Btf, ...names: readonly string[]): Btf {
  const roots = names.map((name): TypeId => btf.find(name, 'struct')!.id)
  return Btf.parse(cutBtf(btf, roots), { name: 'cut' })
}

describe('cutBtf', () => {
  it('keeps the layout of a struct and of what lies in it', () => {
    const [whole, part] = [taskBtf(), cut(taskBtf(), 'task')]
    for (const struct of ['task', 'inner']) {
      const [before, after] = [whole, part].map((btf) => btf.find(struct, 'struct')!)
      expect(after?.members.map(({ name, bitOffset }) => ({ name, bitOffset }))).toEqual(
        before?.members.map(({ name, bitOffset }) => ({ name, bitOffset })),
      )
      expect(sizeOf(part, after!.id)).toBe(sizeOf(whole, before!.id))
    }
  })

  it('declares forward what is only pointed at, and leaves out what is not named', () => {
    const part = cut(taskBtf(), 'task')
    expect(part.find('far', 'struct')).toBeUndefined()
    expect(part.find('far', 'fwd')).toMatchObject({ of: 'struct' })
    expect(part.find('unused', 'struct')).toBeUndefined()
    expect(part.find('task', 'fwd')).toBeUndefined()
    const unions = part.idsOfKind('union').map((id) => part.type(id))
    expect(unions).toMatchObject([{ name: '', members: [{ name: 'a' }] }])
  })
})

describe('docs/tour/kernels', () => {
  const kernel = (version: string): Btf => {
    const path = `docs/tour/kernels/debian-${version}.btf`
    return Btf.parse(new Uint8Array(readFileSync(new URL(`../../${path}`, import.meta.url))), { name: path })
  }

  it.each([
    ['6.1', false],
    ['7.2', true],
  ])('has of Linux %s the structs that bootstrap.bpf.c asks for', (version, hasGroupDead) => {
    const btf = kernel(version)
    const names = ['task_struct', 'signal_struct', 'trace_event_raw_sched_process_exec']
    for (const name of names) expect(btf.find(name, 'struct')?.members.length).toBeGreaterThan(4)
    expect(btf.find('trace_event_raw_sched_process_exit', 'struct') !== undefined).toBe(hasGroupDead)
    for (let id = 1; id <= btf.typeCount; id++) expect(() => btf.type(typeId(id))).not.toThrow()
  })
})
