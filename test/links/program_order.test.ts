import { describe, expect, it } from 'vitest'
import { encodeOrder, ORDER_REFUSALS } from '../../src/links/program_order.ts'

const [BEFORE, AFTER, ID, LINK] = [8, 16, 32, 8192] as const

describe('encodeOrder', () => {
  it.each([
    [undefined, { flags: 0 }],
    ['first', { flags: BEFORE }],
    ['last', { flags: AFTER }],
    [{ before: { program: { fd: 5 } } }, { flags: BEFORE, relativeFd: 5 }],
    [{ after: { programId: 6 } }, { flags: AFTER | ID, relativeId: 6 }],
    [{ before: { linkId: 7 } }, { flags: BEFORE | ID | LINK, relativeId: 7 }],
  ] as const)('encodes %j as %j', (order, encoded) => {
    expect(encodeOrder({ order, expectedRevision: 3n })).toEqual({ ...encoded, expectedRevision: 3n })
  })

  it('has words for what the kernel answers', () => {
    expect(Object.keys(ORDER_REFUSALS).sort()).toEqual(['EEXIST', 'ENOENT', 'ERANGE', 'ESTALE'])
  })
})
