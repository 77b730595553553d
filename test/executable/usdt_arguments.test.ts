import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EM_AARCH64, EM_BPF, EM_X86_64 } from '../../src/elf/constants.ts'
import {
  readUsdtArguments,
  type UsdtArgument,
  UsdtArgumentProblem,
} from '../../src/executable/usdt_arguments.ts'

const signed = (size: UsdtArgument['size'], location: UsdtArgument['location']): UsdtArgument => ({
  size,
  isSigned: true,
  location,
})
const unsigned = (size: UsdtArgument['size'], location: UsdtArgument['location']): UsdtArgument => ({
  size,
  isSigned: false,
  location,
})

/** What a problem says. */
function problemOf(text: string, machine = EM_X86_64): string {
  const result = readUsdtArguments(text, machine)
  return result instanceof UsdtArgumentProblem ? result.message : expect.fail('it was read')
}

describe('readUsdtArguments for x86-64', () => {
  it.each([
    ['', []],
    ['   ', []],
    ['-4@$5', [signed(4, { kind: 'constant', value: 5n })]],
    ['8@$-9', [unsigned(8, { kind: 'constant', value: -9n })]],
    ['8@%rdx', [unsigned(8, { kind: 'register', register: 96 })]],
    ['-1@%sil', [signed(1, { kind: 'register', register: 104 })]],
    ['2@%r10w', [unsigned(2, { kind: 'register', register: 56 })]],
    ['-4@-1204(%rbp)', [signed(4, { kind: 'memory', register: 32, offset: -1204n })]],
    ['8@(%rsp)', [unsigned(8, { kind: 'memory', register: 152, offset: 0n })]],
    [
      '1@-96(%rbp,%rax,8)',
      [unsigned(1, { kind: 'indexed', register: 32, offset: -96n, index: 80, scale: 8 })],
    ],
    ['1@(%rbp,%rax)', [unsigned(1, { kind: 'indexed', register: 32, offset: 0n, index: 80, scale: 1 })]],
    [
      '-4@%edi  8@ 16 ( %rax ) 4@$1 ',
      [
        signed(4, { kind: 'register', register: 112 }),
        unsigned(8, { kind: 'memory', register: 80, offset: 16n }),
        unsigned(4, { kind: 'constant', value: 1n }),
      ],
    ],
  ])('reads %j', (text, expected) => {
    expect(readUsdtArguments(text, EM_X86_64)).toEqual(expected)
  })

  it.each([
    ['-4@%edi x', /^argument 2 of "-4@%edi x" cannot be read: it does not begin with a size and @$/],
    ['3@%rax', /it has 3 bytes, not 1, 2, 4 or 8/],
    ['16@%xmm0', /it has 16 bytes/],
    ['8@%xmm0', /struct pt_regs has no register xmm0/],
    ['8@%eflags', /struct pt_regs has no register eflags/],
    ['8@8(%xmm0)', /no register xmm0/],
    ['8@(%rax,%xmm0)', /no register xmm0/],
    ['8@(%rax,%rbx,3)', /its scale is 3, not 1, 2, 4 or 8/],
    ['8@counter(%rip)', /what follows the @ is no constant, no register and no memory/],
    ['8@', /what follows the @/],
    ['8', /it does not begin with a size and @/],
    ['8@%', /what follows the @/],
    [Array.from({ length: 13 }, () => '8@%rax').join(' '), /it has more than 12 arguments/],
  ])('says why %j cannot be read', (text, message) => {
    expect(problemOf(text)).toMatch(message)
  })
})

describe('readUsdtArguments for arm64', () => {
  it.each([
    ['-4@[sp, 96]', [signed(4, { kind: 'memory', register: 248, offset: 96n })]],
    ['8@[x1]', [unsigned(8, { kind: 'memory', register: 8, offset: 0n })]],
    ['-8@x30', [signed(8, { kind: 'register', register: 240 })]],
    ['4@5', [unsigned(4, { kind: 'constant', value: 5n })]],
    ['-1@-3', [signed(1, { kind: 'constant', value: -3n })]],
    [
      '-4@x0 -8@[x1,-16] -4@7',
      [
        signed(4, { kind: 'register', register: 0 }),
        signed(8, { kind: 'memory', register: 8, offset: -16n }),
        signed(4, { kind: 'constant', value: 7n }),
      ],
    ],
  ])('reads %j', (text, expected) => {
    expect(readUsdtArguments(text, EM_AARCH64)).toEqual(expected)
  })

  it('says which registers there are not', () => {
    for (const text of ['8@x31', '8@[x31, 8]', '8@d0']) {
      expect(problemOf(text, EM_AARCH64)).toMatch(/struct pt_regs has no register (x31|d0)/)
    }
  })
})

describe('readUsdtArguments', () => {
  it('says that it cannot read those of other machines', () => {
    expect(problemOf('8@r1', EM_BPF)).toMatch(/^its arguments are written for machine 247; those of x86-64/)
  })

  it('reads them or says why not, whatever they are', () => {
    const pieces = fc.constantFrom(
      ...['-4', '8', '99', '@', '$', '%', 'rax', '%rbp', '(', ')', ',', '[', ']', 'x0', 'sp', ' ', '-', '1'],
      ...['99999999999999999999999', '\0', 'é'],
    )
    const texts = fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.oneof(texts, fc.string()), fc.constantFrom(EM_X86_64, EM_AARCH64), (text, machine) => {
        const result = readUsdtArguments(text, machine)
        if (result instanceof UsdtArgumentProblem) expect(result.message).not.toBe('')
        else expect(result.length).toBeLessThanOrEqual(12)
      }),
    )
  })

  it('takes no long time over long ones', () => {
    for (const part of [' ', '8@(', '8@%', '1', '8@-1(%rax, ', '8@[x1,']) {
      readUsdtArguments(part.repeat(100_000), EM_X86_64)
      readUsdtArguments(`8@${part.repeat(100_000)}`, EM_AARCH64)
    }
  })
})
