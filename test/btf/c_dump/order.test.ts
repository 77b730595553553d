import { describe, expect, it } from 'vitest'
import { typeId, type TypeId, VOID } from '../../../src/base/units.ts'
import type { BtfBuilder } from '../../../src/btf/encoder.ts'
import type { Basics } from '../build.ts'
import { c, cOf } from './c_of.ts'

const member = (
  type: TypeId,
  name = 'x',
): { readonly name: string; readonly type: TypeId; readonly bitOffset: number } => ({
  name,
  type,
  bitOffset: 0,
})

describe('the order of definitions', () => {
  it('has parts first, whatever their ids', () => {
    const text = cOf((b, { int }) => {
      const inner = typeId(b.nextId + 1)
      b.addStruct('outer', 4, [member(inner)])
      b.addStruct('inner', 4, [member(int)])
    })
    expect(text.match(/^struct \w+/gm)).toEqual(['struct inner', 'struct outer'])
  })

  it('has what is in an array first, and what is in a nameless struct behind a pointer', () => {
    const text = cOf((b, { int }) => {
      const [inArray, inNameless] = [typeId(b.nextId + 5), typeId(b.nextId + 6)]
      const array = b.addArray(inArray, int, 2)
      const nameless = b.addStruct('', 4, [member(inNameless)])
      const pointer = b.addPtr(nameless)
      b.addStruct('one', 8, [member(array)])
      b.addStruct('two', 8, [member(pointer)])
      b.addStruct('in_array', 4, [member(int)])
      b.addStruct('in_nameless', 4, [member(int)])
    })
    expect(text.match(/^struct \w+ \{/gm)).toEqual([
      'struct in_array {',
      'struct in_nameless {',
      'struct one {',
      'struct two {',
    ])
  })

  it('has declarations of what is behind pointers, once, and none of the struct itself', () => {
    const text = cOf((b) => {
      const [one, two] = [b.nextId, typeId(b.nextId + 1)]
      const [toOne, toTwo] = [typeId(b.nextId + 2), typeId(b.nextId + 3)]
      b.addStruct('one', 16, [member(toOne), { name: 'two', type: toTwo, bitOffset: 64 }])
      b.addStruct('two', 8, [member(toOne)])
      b.addPtr(one)
      b.addPtr(two)
    })
    expect(text).toBe(c`
      struct two;

      struct one {
        struct one *x;
        struct two *two;
      };

      struct two {
        struct one *x;
      };
    `)
  })

  it('has declarations of what functions take, so that it is the same outside of them', () => {
    const text = cOf((b, { int }) => {
      const later = typeId(b.nextId + 4)
      const pointer = b.addPtr(later)
      const proto = b.addFuncProto(VOID, [{ name: '', type: pointer }])
      const call = b.addPtr(proto)
      b.addStruct('ops', 8, [member(call, 'call')])
      b.addStruct('later', 4, [member(int)])
    })
    expect(text).toBe(c`
      struct later;

      struct ops {
        void (*call)(struct later *);
      };

      struct later {
        int x;
      };
    `)
  })

  it('has a typedef as soon as something needs its name, and its target declared before it', () => {
    const text = cOf((b, { int }) => {
      const [alias, target] = [typeId(b.nextId + 2), typeId(b.nextId + 3)]
      const pointer = b.addPtr(alias)
      b.addStruct('user', 8, [member(pointer)])
      b.addTypedef('alias_t', target)
      b.addStruct('target', 4, [member(int)])
    })
    expect(text).toBe(c`
      struct target;

      typedef struct target alias_t;

      struct user {
        alias_t *x;
      };

      struct target {
        int x;
      };
    `)
  })

  it('has forward declarations of what is defined nowhere', () => {
    const text = cOf((b) => {
      b.addFwd('unknown', 'struct')
      b.addFwd('unknown_too', 'union')
      b.addEnum('later', { size: 4, signed: false, enumerators: [] })
    })
    expect(text).toBe('struct unknown;\n\nunion unknown_too;\n\nenum later;')
  })

  it('has enums without a name that nothing refers to: lists of constants', () => {
    const text = cOf((b, { int }) => {
      b.addEnum('', { size: 4, signed: false, enumerators: [{ name: 'ANSWER', value: 42n }] })
      const used = b.addEnum('', { size: 4, signed: false, enumerators: [{ name: 'ON', value: 1n }] })
      b.addStruct('s', 8, [member(used), { name: 'y', type: int, bitOffset: 32 }])
    })
    expect(text).toBe(c`
      enum {
        ANSWER = 42,
      };

      struct s {
        enum {
          ON = 1,
        } x;
        int y;
      };
    `)
  })

  it('leaves to compilers what they declare themselves', () => {
    const text = cOf((b) => {
      const builtin = b.addTypedef('__builtin_va_list', b.addPtr(VOID))
      b.addTypedef('va_list', builtin)
      b.addTypedef('__gnuc_va_list', VOID)
    })
    expect(text).toBe('typedef __builtin_va_list va_list;\n\ntypedef __builtin_va_list __gnuc_va_list;')
  })
})

describe('circles', () => {
  it.each<[string, (b: BtfBuilder, basics: Basics) => unknown]>([
    ['a struct in itself', (b) => b.addStruct('s', 4, [member(b.nextId)])],
    [
      'two structs in each other',
      (b) => {
        b.addStruct('one', 4, [member(typeId(b.nextId + 1))])
        b.addStruct('two', 4, [member(typeId(b.nextId - 1))])
      },
    ],
    ['an array of itself', (b, { int }) => b.addArray(b.nextId, int, 2)],
    ['a pointer to itself', (b) => b.addPtr(b.nextId)],
    ['a typedef of itself', (b) => b.addTypedef('t', b.nextId)],
    ['a constant that is itself', (b) => b.addModifier('const', b.nextId)],
    ['a function that takes itself', (b) => b.addFuncProto(VOID, [{ name: '', type: b.nextId }])],
    [
      'a struct without a name behind a pointer in it',
      (b) => {
        b.addStruct('', 8, [member(typeId(b.nextId + 1))])
        b.addPtr(typeId(b.nextId - 1))
      },
    ],
  ])('%s: BTF_TOO_DEEP', (_, add) => {
    expect(() => cOf(add)).toThrow(expect.objectContaining({ code: 'BTF_TOO_DEEP' }))
  })
})
