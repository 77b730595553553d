import { describe, expect, it } from 'vitest'
import { c, cOf } from './c_of.ts'

describe('names that several types have', () => {
  it('are told apart by a flavour, each kind of name by itself', () => {
    const text = cOf((b, { int }) => {
      for (const member of ['first', 'second', 'third']) {
        b.addStruct('pair', 4, [{ name: member, type: int, bitOffset: 0 }])
      }
      const union = b.addUnion('pair', 4, [{ name: 'pair', type: int, bitOffset: 0 }])
      b.addTypedef('pair', union)
      b.addTypedef('pair', int)
    })
    expect(text).toBe(c`
      struct pair {
        int first;
      };

      struct pair___2 {
        int second;
      };

      struct pair___3 {
        int third;
      };

      union pair___4 {
        int pair;
      };

      typedef union pair___4 pair;

      typedef int pair___2;
    `)
  })

  it('of enumerators are those of typedefs, too', () => {
    const text = cOf((b, { int }) => {
      const one = { size: 4, signed: false, enumerators: [{ name: 'ON', value: 1n }] }
      b.addEnum('state', one)
      b.addEnum('state', one)
      b.addTypedef('ON', int)
    })
    expect(text).toBe(c`
      enum state {
        ON = 1,
      };

      enum state___2 {
        ON___2 = 1,
      };

      typedef int ON___3;
    `)
  })

  it('are no matter to what is only declared: it is the first one', () => {
    const text = cOf((b, { int }) => {
      const forward = b.addFwd('thing', 'struct')
      b.addStruct('thing', 4, [{ name: 'x', type: int, bitOffset: 0 }])
      b.addTypedef('thing_t', b.addPtr(forward))
    })
    expect(text).toBe(c`
      struct thing;

      struct thing {
        int x;
      };

      typedef struct thing *thing_t;
    `)
  })

  it('are the same where their bytes are, wherever in the strings', () => {
    const text = cOf((b, { int }) => {
      b.string('zz_long')
      b.addTypedef('long', int)
      const tail = b.string('zz_name') + 3
      b.addRaw({ nameOffset: tail, info: 8 << 24, sizeOrType: int })
      b.addTypedef('name', int)
    })
    expect(text).toBe(c`
      typedef int long_;

      typedef int name;

      typedef int name___2;
    `)
  })
})

describe('names that C does not have', () => {
  it('are made identifiers, so that nothing else gets into the header', () => {
    const text = cOf((b, { int }) => {
      b.addStruct('core::option::Option<u32>', 8, [
        { name: '0', type: int, bitOffset: 0 },
        { name: 'default', type: int, bitOffset: 32 },
      ])
      b.addTypedef('x; #include </etc/passwd>\n', int)
      b.addTypedef('größe', int)
    })
    expect(text).toBe(c`
      struct core__option__Option_u32_ {
        int _0;
        int default_;
      };

      typedef int x___include___etc_passwd__;

      typedef int gr____e;
    `)
  })

  it('are refused where there has to be one', () => {
    expect(() => cOf((b, { int }) => b.addTypedef('', int))).toThrow(
      expect.objectContaining({ code: 'BTF_BAD_TYPE' }),
    )
    expect(() => cOf((b) => b.addFwd('', 'struct'))).toThrow(/has no name/)
  })
})
