import { describe, expect, it } from 'vitest'
import { typeId, VOID, type TypeId } from '../../src/base/units.ts'
import { describeVariable, describeType } from '../../src/btf/describe_type.ts'
import type { BtfBuilder } from '../../src/btf/encoder.ts'
import { addBasics, built, type Basics } from './build.ts'
import { expectBtfError } from './expect_code.ts'

const cases: [string, (b: BtfBuilder, basics: Basics) => TypeId][] = [
  ['void', () => VOID],
  ['void *', (b) => b.addPtr(VOID)],
  ['struct task_struct *', (b) => b.addPtr(b.addFwd('task_struct', 'struct'))],
  ['union u', (b) => b.addFwd('u', 'union')],
  ['char[16]', (b, { char, int }) => b.addArray(char, int, 16)],
  ['int[2][3]', (b, { int }) => b.addArray(b.addArray(int, int, 3), int, 2)],
  ['char *[4]', (b, { char, int }) => b.addArray(b.addPtr(char), int, 4)],
  ['char (*)[4]', (b, { char, int }) => b.addPtr(b.addArray(char, int, 4))],
  [
    'const volatile unsigned long long',
    (b, { u64 }) => b.addModifier('const', b.addModifier('volatile', u64)),
  ],
  ['const char *', (b, { char }) => b.addPtr(b.addModifier('const', char))],
  ['char *const', (b, { char }) => b.addModifier('const', b.addPtr(char))],
  [
    'char *restrict name',
    (b, { char }) => b.addVar('name', b.addModifier('restrict', b.addPtr(char)), 'static'),
  ],
  [
    'int (*)(void *data, ...)',
    (b, { int }) =>
      b.addPtr(
        b.addFuncProto(int, [
          { name: 'data', type: b.addPtr(VOID) },
          { name: '', type: VOID },
        ]),
      ),
  ],
  ['int main(void)', (b, { int }) => b.addFunc('main', b.addFuncProto(int, []), 'global')],
  ['enum {...}', (b) => b.addEnum('', { size: 4, signed: false, enumerators: [] })],
  ['struct {...}', (b) => b.addStruct('', 0, [])],
  ['pid_t', (b, { int }) => b.addTypedef('pid_t', int)],
  ['unsigned int *', (b, { u32 }) => b.addPtr(b.addTypeTag('user', u32))],
  ['section .data', (b) => b.addDatasec('.data', 0, [])],
  ['double', (b) => b.addFloat('double', 8)],
]

it.each(cases)('writes %s', (text, add) => {
  const { btf, ids } = built((b) => add(b, addBasics(b)))
  expect(describeType(btf, ids)).toBe(text)
})

it('refuses pointers that go in a circle, and types that are not there', () => {
  const { btf, ids } = built((b) => ({ loop: b.addPtr(b.nextId), missing: b.addPtr(typeId(50)) }))
  expectBtfError(() => describeType(btf, ids.loop), 'BTF_TOO_DEEP')
  expectBtfError(() => describeType(btf, ids.missing), 'BTF_NO_SUCH_TYPE')
})

describe('describeVariable', () => {
  it('puts the name where C has it', () => {
    const { btf, ids } = built((builder) => {
      const { int, char } = addBasics(builder)
      const proto = builder.addFuncProto(int, [{ name: '', type: char }])
      return { array: builder.addArray(char, int, 16), pointer: builder.addPtr(proto), int }
    })
    expect(describeVariable(btf, ids.array, 'comm')).toBe('char comm[16]')
    expect(describeVariable(btf, ids.pointer, 'filter')).toBe('int (*filter)(char)')
    expect(describeVariable(btf, ids.int, '')).toBe('int')
  })
})
