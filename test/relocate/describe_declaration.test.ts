import { describe, expect, it } from 'vitest'
import { typeId, VOID, type TypeId } from '../../src/base/units.ts'
import type { BtfBuilder } from '../../src/btf/encoder.ts'
import { describeDeclaration } from '../../src/relocate/describe_declaration.ts'
import { built } from '../btf/build.ts'

function described(add: (builder: BtfBuilder, int: TypeId, pointer: TypeId) => TypeId): string {
  const { btf, ids } = built((b) => {
    const pointer = b.addPtr(b.addStruct('task_struct', 0, []))
    return add(b, b.addInt('int', 4), pointer)
  })
  return describeDeclaration(btf, ids)
}

describe('describeDeclaration', () => {
  it.each([
    ['a variable', (_: BtfBuilder, int: TypeId) => int, 'int'],
    ['no parameters', (b: BtfBuilder) => b.addFuncProto(VOID, []), 'void (void)'],
    [
      'parameters, by name where they have one of their own',
      (b: BtfBuilder, int: TypeId, pointer: TypeId) =>
        b.addFuncProto(pointer, [
          { name: 'pid', type: int },
          { name: 'dummy_ksym', type: pointer },
          { name: 'task', type: pointer },
        ]),
      'struct task_struct *(int pid, struct task_struct *, struct task_struct *task)',
    ],
    [
      'dots',
      (b: BtfBuilder, int: TypeId) =>
        b.addFuncProto(int, [
          { name: 'n', type: int },
          { name: '', type: VOID },
        ]),
      'int (int n, ...)',
    ],
    [
      'a callback',
      (b: BtfBuilder, int: TypeId) =>
        b.addFuncProto(int, [{ name: '', type: b.addPtr(b.addFuncProto(int, [])) }]),
      'int (a function pointer)',
    ],
    [
      'very many parameters',
      (b: BtfBuilder, int: TypeId) =>
        b.addFuncProto(
          int,
          Array.from({ length: 1000 }, () => ({ name: '', type: int })),
        ),
      `int (${'int, '.repeat(16)}984 more)`,
    ],
  ])('tells %s', (_, add, text) => {
    expect(described(add)).toBe(text)
  })

  it('is short however functions hold each other', () => {
    const text = described((b, int) => {
      let proto = b.addFuncProto(int, [])
      for (let level = 0; level < 40; level++) {
        const pointer = b.addPtr(proto)
        proto = b.addFuncProto(
          int,
          Array.from({ length: 8 }, () => ({ name: '', type: pointer })),
        )
      }
      return proto
    })
    expect(text.length).toBeLessThan(200)
  })

  it('passes on that a type is not there', () => {
    expect(() => described((b) => b.addPtr(typeId(99)))).toThrow(/no type 99/)
  })
})
