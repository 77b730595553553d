import { describe, expect, it } from 'vitest'
import { VOID } from '../../../src/base/units.ts'
import { c, cOf } from './c_of.ts'

describe('structs and unions', () => {
  it('have their members, in unions one above the other', () => {
    const text = cOf((b, { int, u64 }) => {
      const members = [
        { name: 'a', type: int, bitOffset: 0 },
        { name: 'b', type: u64, bitOffset: 64 },
      ]
      b.addStruct('s', 16, members)
      b.addUnion('u', 8, [members[0]!, { name: 'b', type: u64, bitOffset: 0 }])
    })
    expect(text).toBe(c`
      struct s {
        int a;
        unsigned long long b;
      };

      union u {
        int a;
        unsigned long long b;
      };
    `)
  })

  it('are on one line where they are empty', () => {
    expect(cOf((b) => b.addStruct('nothing', 0, []))).toBe('struct nothing {};')
  })

  it('contain others without a name, written out where they are', () => {
    const text = cOf((b, { int, u8, u64 }) => {
      const inner = b.addStruct('', 8, [
        { name: 'low', type: int, bitOffset: 0 },
        { name: 'high', type: int, bitOffset: 32 },
      ])
      const bytes = b.addArray(b.addUnion('', 1, [{ name: 'byte', type: u8, bitOffset: 0 }]), int, 8)
      const either = b.addUnion('', 8, [
        { name: 'whole', type: u64, bitOffset: 0 },
        { name: '', type: inner, bitOffset: 0 },
        { name: 'bytes', type: bytes, bitOffset: 0 },
      ])
      const state = b.addEnum('', { size: 4, signed: false, enumerators: [{ name: 'IDLE', value: 0n }] })
      b.addStruct('outer', 24, [
        { name: '', type: either, bitOffset: 0 },
        { name: 'pair', type: inner, bitOffset: 64 },
        { name: 'state', type: state, bitOffset: 128 },
        { name: 'next', type: b.addPtr(inner), bitOffset: 192 },
      ])
    })
    expect(text).toBe(c`
      struct outer {
        union {
          unsigned long long whole;
          struct {
            int low;
            int high;
          };
          union {
            unsigned char byte;
          } bytes[8];
        };
        struct {
          int low;
          int high;
        } pair;
        enum {
          IDLE = 0,
        } state;
        struct {
          int low;
          int high;
        } *next;
      };
    `)
  })

  it('contain others that have a name, without it, since C has no member `struct tag;`', () => {
    const text = cOf((b, { int }) => {
      const head = b.addStruct('head', 4, [{ name: 'count', type: int, bitOffset: 0 }])
      const also = b.addTypedef('also_t', b.addUnion('', 4, [{ name: 'x', type: int, bitOffset: 0 }]))
      b.addStruct('outer', 12, [
        { name: '', type: head, bitOffset: 0 },
        { name: '', type: b.addModifier('const', also), bitOffset: 32 },
        { name: 'named', type: head, bitOffset: 64 },
      ])
    })
    expect(text).toBe(c`
      struct head {
        int count;
      };

      typedef union {
        int x;
      } also_t;

      struct outer {
        struct {
          int count;
        };
        union {
          int x;
        };
        struct head named;
      };
    `)
  })

  it('end in flexible arrays, which have no length', () => {
    const text = cOf((b, { int, u8 }) =>
      b.addStruct('packet', 4, [
        { name: 'length', type: int, bitOffset: 0 },
        { name: 'data', type: b.addArray(u8, int, 0), bitOffset: 32 },
      ]),
    )
    expect(text).toBe(c`
      struct packet {
        int length;
        unsigned char data[0];
      };
    `)
  })
})

describe('bitfields', () => {
  it('have their widths, and what is between them is filled', () => {
    const text = cOf((b, { int, u32 }) =>
      b.addStruct('flags', 8, [
        { name: 'low', type: u32, bitOffset: 0, bitfieldSize: 3 },
        { name: 'high', type: u32, bitOffset: 5, bitfieldSize: 20 },
        { name: 'sign', type: int, bitOffset: 32, bitfieldSize: 5 },
      ]),
    )
    expect(text).toBe(c`
      struct flags {
        unsigned int low: 3;
        char: 2;
        unsigned int high: 20;
        int: 7;
        int sign: 5;
      };
    `)
  })

  it('leave the gap to the next member to the compiler', () => {
    const text = cOf((b, { int, u32 }) =>
      b.addStruct('mixed', 8, [
        { name: 'bit', type: u32, bitOffset: 0, bitfieldSize: 1 },
        { name: 'whole', type: int, bitOffset: 32 },
      ]),
    )
    expect(text).toBe(c`
      struct mixed {
        unsigned int bit: 1;
        int whole;
      };
    `)
  })
})

describe('padding', () => {
  it.each([
    ['what alignment leaves needs none', 64, [], 128],
    ['a multiple of 64 bits', 128, ['long: 64;'], 192],
    ['less alignment than the place has', 64, ['long: 0;'], 96, 'int'],
    ['a place in the middle of a word', 96, ['long: 0;', 'int: 32;'], 128, 'int'],
  ] as const)('%s', (_, bitOffset, fillers, end, type: 'int' | 'u64' = 'u64') => {
    const text = cOf((b, basics) =>
      b.addStruct('s', end / 8, [
        { name: 'first', type: basics.u8, bitOffset: 0 },
        { name: 'second', type: basics[type], bitOffset },
      ]),
    )
    const second = type === 'int' ? 'int second;' : 'unsigned long long second;'
    const lines = ['unsigned char first;', ...fillers, second]
    expect(text.split('\n').slice(1, 1 + lines.length)).toEqual(lines.map((line) => `\t${line}`))
  })

  it('fills the end of a struct that is aligned to more than its members are', () => {
    const text = cOf((b, { int }) => b.addStruct('line', 64, [{ name: 'count', type: int, bitOffset: 0 }]))
    expect(text).toBe(c`
      struct line {
        int count;
        long: 64;
        long: 64;
        long: 64;
        long: 64;
        long: 64;
        long: 64;
        long: 64;
      };
    `)
  })

  it('makes a union as long as it is, where its members are shorter or unknown', () => {
    const text = cOf((b, { int, u8 }) => {
      const bytes = b.addArray(u8, int, 5)
      b.addUnion('aligned', 16, [{ name: 'bytes', type: bytes, bitOffset: 0 }])
      b.addUnion('opaque', 4, [])
      b.addUnion('natural', 8, [
        { name: 'word', type: int, bitOffset: 0 },
        { name: 'bytes', type: bytes, bitOffset: 0 },
      ])
    })
    expect(text).toBe(c`
      union aligned {
        unsigned char bytes[5];
        struct {
          long: 64;
          long: 64;
        };
      };

      union opaque {
        struct {
          int: 32;
        };
      };

      union natural {
        int word;
        unsigned char bytes[5];
      };
    `)
  })

  it('fills the whole of a struct whose members are unknown', () => {
    expect(cOf((b) => b.addStruct('opaque', 12, []))).toBe(c`
      struct opaque {
        long: 64;
        int: 32;
      };
    `)
  })
})

describe('packing', () => {
  it('is said where a member is not where its alignment would put it', () => {
    const text = cOf((b, { u8, u64 }) =>
      b.addStruct('packed', 9, [
        { name: 'first', type: u8, bitOffset: 0 },
        { name: 'second', type: u64, bitOffset: 8 },
      ]),
    )
    expect(text).toBe(c`
      struct packed {
        unsigned char first;
        unsigned long long second;
      } __attribute__((packed));
    `)
  })

  it('is said where the size is no multiple of the alignment', () => {
    const text = cOf((b, { int, u8 }) =>
      b.addStruct('short_one', 5, [
        { name: 'a', type: int, bitOffset: 0 },
        { name: 'b', type: u8, bitOffset: 32 },
      ]),
    )
    expect(text).toContain('} __attribute__((packed));')
  })

  it('is said of unions, too', () => {
    const text = cOf((b, { int, u8 }) =>
      b.addUnion('u', 5, [
        { name: 'word', type: int, bitOffset: 0 },
        { name: 'bytes', type: b.addArray(u8, int, 5), bitOffset: 0 },
      ]),
    )
    expect(text).toContain('} __attribute__((packed));')
  })

  it('is not said of a struct that has a packed one in it', () => {
    const text = cOf((b, { u8, u64 }) => {
      const packed = b.addStruct('inner', 9, [
        { name: 'first', type: u8, bitOffset: 0 },
        { name: 'second', type: u64, bitOffset: 8 },
      ])
      b.addStruct('outer', 10, [
        { name: 'byte', type: u8, bitOffset: 0 },
        { name: 'inner', type: packed, bitOffset: 8 },
      ])
    })
    expect(text).toMatch(/struct outer \{\n\tunsigned char byte;\n\tstruct inner inner;\n\};$/)
  })

  it('leaves gaps that are there all the same to be filled', () => {
    const text = cOf((b, { u8, u64 }) =>
      b.addStruct('packed', 17, [
        { name: 'first', type: u8, bitOffset: 0 },
        { name: 'second', type: u64, bitOffset: 72 },
      ]),
    )
    expect(text).toBe(c`
      struct packed {
        unsigned char first;
        long: 0;
        char: 8;
        unsigned long long second;
      } __attribute__((packed));
    `)
  })
})

it('a struct that something unusable is in is refused', () => {
  expect(() =>
    cOf((b, { int }) => {
      const f = b.addFunc('f', b.addFuncProto(VOID, []), 'static')
      b.addStruct('s', 4, [
        { name: 'x', type: int, bitOffset: 0 },
        { name: 'y', type: f, bitOffset: 32 },
      ])
    }),
  ).toThrow(/type 7 \(func\) is used as the type of something/)
})
