import { describe, expect, it } from 'vitest'
import { type TypeId, VOID } from '../../../src/base/units.ts'
import type { BtfBuilder } from '../../../src/btf/encoder.ts'
import type { Basics } from '../build.ts'
import { c, cOf } from './c_of.ts'

/** How a typedef `x` of what `add` adds is written. */
function declared(add: (b: BtfBuilder, basics: Basics) => TypeId): string {
  const text = cOf((b, basics) => b.addTypedef('x', add(b, basics)))
  return /^typedef (.*;)$/m.exec(text)?.[1] ?? text
}

const cases: [string, (b: BtfBuilder, basics: Basics) => TypeId][] = [
  ['int x;', (_, { int }) => int],
  ['void *x;', (b) => b.addPtr(VOID)],
  ['char **x;', (b, { char }) => b.addPtr(b.addPtr(char))],
  ['const volatile int x;', (b, { int }) => b.addModifier('volatile', b.addModifier('const', int))],
  ['const char *x;', (b, { char }) => b.addPtr(b.addModifier('const', char))],
  ['char * const x;', (b, { char }) => b.addModifier('const', b.addPtr(char))],
  ['char * volatile *x;', (b, { char }) => b.addPtr(b.addModifier('volatile', b.addPtr(char)))],
  ['char * restrict x;', (b, { char }) => b.addModifier('restrict', b.addPtr(char))],
  ['int x[16];', (b, { int }) => b.addArray(int, int, 16)],
  ['int x[2][3];', (b, { int }) => b.addArray(b.addArray(int, int, 3), int, 2)],
  ['char *x[4];', (b, { char, int }) => b.addArray(b.addPtr(char), int, 4)],
  ['char (*x)[4];', (b, { char, int }) => b.addPtr(b.addArray(char, int, 4))],
  ['int (*(*x)[3])[4];', (b, { int }) => b.addPtr(b.addArray(b.addPtr(b.addArray(int, int, 4)), int, 3))],
  ['const int x[2];', (b, { int }) => b.addArray(b.addModifier('const', int), int, 2)],
  ['int x(int);', (b, { int }) => b.addFuncProto(int, [{ name: '', type: int }])],
  ['void (*x)(void);', (b) => b.addPtr(b.addFuncProto(VOID, []))],
  ['void (*x)(void);', (b) => b.addPtr(b.addFuncProto(VOID, [{ name: '', type: VOID }]))],
  [
    'int (*x)(const char *format, ...);',
    (b, { char, int }) =>
      b.addPtr(
        b.addFuncProto(int, [
          { name: 'format', type: b.addPtr(b.addModifier('const', char)) },
          { name: '', type: VOID },
        ]),
      ),
  ],
  ['char * (*x)(void);', (b, { char }) => b.addPtr(b.addFuncProto(b.addPtr(char), []))],
  [
    'int (* const x[4])(void);',
    (b, { int }) => b.addArray(b.addModifier('const', b.addPtr(b.addFuncProto(int, []))), int, 4),
  ],
  [
    'void (*x)(int (*)(int), void (*done)(void));',
    (b, { int }) =>
      b.addPtr(
        b.addFuncProto(VOID, [
          { name: '', type: b.addPtr(b.addFuncProto(int, [{ name: '', type: int }])) },
          { name: 'done', type: b.addPtr(b.addFuncProto(VOID, [])) },
        ]),
      ),
  ],
  [
    'void (* (*x)(int))(void);',
    (b, { int }) => b.addPtr(b.addFuncProto(b.addPtr(b.addFuncProto(VOID, [])), [{ name: '', type: int }])),
  ],
  [
    'int (*x)(char (*)[4]);',
    (b, { char, int }) =>
      b.addPtr(b.addFuncProto(int, [{ name: '', type: b.addPtr(b.addArray(char, int, 4)) }])),
  ],
  ['int __attribute__((btf_type_tag("user"))) *x;', (b, { int }) => b.addPtr(b.addTypeTag('user', int))],
  [
    'const int __attribute__((btf_type_tag("user"))) *x;',
    (b, { int }) => b.addPtr(b.addModifier('const', b.addTypeTag('user', int))),
  ],
  ['int * __attribute__((btf_type_tag("rcu"))) x;', (b, { int }) => b.addTypeTag('rcu', b.addPtr(int))],
]

describe('declarations', () => {
  it.each(cases)('%s', (text, add) => {
    expect(declared(add)).toBe(text)
  })

  it('leave out qualifiers of arrays and functions, which GCC describes and which mean nothing', () => {
    expect(declared((b, { int }) => b.addModifier('const', b.addArray(int, int, 2)))).toBe('int x[2];')
    const noreturn = declared((b) => b.addPtr(b.addModifier('volatile', b.addFuncProto(VOID, []))))
    expect(noreturn).toBe('void (*x)(void);')
  })

  it('have the attributes themselves that type tags with the kind flag are', () => {
    const tagged = (name: string): string =>
      declared((b, { int }) => {
        const info = 0x80000000 | (18 << 24)
        return b.addPtr(b.addRaw({ nameOffset: b.string(name), info, sizeOrType: int }))
      })
    expect(tagged('address_space(1)')).toBe('int __attribute__((address_space(1))) *x;')
    expect(tagged('x)) evil ((')).toBe('int __attribute__((btf_type_tag("x)) evil (("))) *x;')
  })

  it('keep type tags from ending their strings', () => {
    expect(declared((b, { int }) => b.addPtr(b.addTypeTag('a"b\\\n', int)))).toBe(
      'int __attribute__((btf_type_tag("a_b__"))) *x;',
    )
  })

  it('have structs without a name written out, each time', () => {
    const text = cOf((b, { int }) => {
      const pair = b.addStruct('', 8, [
        { name: 'a', type: int, bitOffset: 0 },
        { name: 'b', type: int, bitOffset: 32 },
      ])
      const callback = b.addPtr(b.addFuncProto(VOID, [{ name: 'p', type: b.addPtr(pair) }]))
      b.addTypedef('pair_t', pair)
      b.addStruct('ops', 8, [{ name: 'call', type: callback, bitOffset: 0 }])
    })
    expect(text).toBe(c`
      typedef struct {
        int a;
        int b;
      } pair_t;

      struct ops {
        void (*call)(struct {
          int a;
          int b;
        } *p);
      };
    `)
  })
})

describe('scalars', () => {
  it('that C does not have are declared when they are used', () => {
    const text = cOf((b, { int }) => {
      const poly = b.addInt('__Poly8_t', 1)
      const flag = b.addInt('bool', 1, { encoding: 'bool' })
      const double = b.addFloat('f64', 8)
      b.addInt('ssizetype', 8, { encoding: 'signed' })
      b.addStruct('s', 16, [
        { name: 'poly', type: poly, bitOffset: 0 },
        { name: 'flag', type: flag, bitOffset: 8 },
        { name: 'index', type: int, bitOffset: 32 },
        { name: 'real', type: double, bitOffset: 64 },
      ])
    })
    expect(text).toBe(c`
      typedef unsigned char __Poly8_t;

      typedef _Bool bool;

      typedef double f64;

      struct s {
        __Poly8_t poly;
        bool flag;
        int index;
        f64 real;
      };
    `)
  })

  it('without a name are called what C calls them', () => {
    expect(declared((b) => b.addInt('', 8, { encoding: 'signed' }))).toBe('long long x;')
    expect(() => declared((b) => b.addInt('', 3))).toThrow(/type \d+ \(int\) has 3 bytes/)
  })
})
