import { expect, it } from 'vitest'
import { c, cOf } from './c_of.ts'

it('enums have their values, negative ones where they are signed', () => {
  const text = cOf((b) => {
    const enumerators = [
      { name: 'LOW', value: -1n },
      { name: 'HIGH', value: 1n },
    ]
    b.addEnum('level', { size: 4, signed: true, enumerators })
    b.addEnum('bits', { size: 4, signed: false, enumerators: [{ name: 'TOP', value: 0x80000000n }] })
  })
  expect(text).toBe(c`
    enum level {
      LOW = -1,
      HIGH = 1,
    };

    enum bits {
      TOP = 2147483648,
    };
  `)
})

it('enums of 64 bits say so', () => {
  const text = cOf((b) => {
    b.addEnum64('wide', {
      size: 8,
      signed: false,
      enumerators: [
        { name: 'HUGE', value: 0xffffffffffffffffn },
        { name: 'SMALL', value: 1n },
      ],
    })
    b.addEnum64('deep', {
      size: 8,
      signed: true,
      enumerators: [{ name: 'DEEP', value: -0x8000000000000000n }],
    })
  })
  expect(text).toBe(c`
    enum wide {
      HUGE = 18446744073709551615ULL,
      SMALL = 1ULL,
    };

    enum deep {
      DEEP = -9223372036854775808LL,
    };
  `)
})

it('enums of other sizes than their values need are told theirs', () => {
  const enumerators = [{ name: 'A', value: 1n }]
  const text = cOf((b) => {
    b.addEnum('tiny', { size: 1, signed: false, enumerators })
    b.addEnum('word', { size: 8, signed: false, enumerators })
    b.addEnum64('word64', { size: 8, signed: false, enumerators })
  })
  expect(text.match(/^\}.*$/gm)).toEqual([
    '} __attribute__((mode(byte)));',
    '} __attribute__((mode(word)));',
    '} __attribute__((mode(word)));',
  ])
})
