import { describe, expect, it } from 'vitest'
import { parseFieldAccess } from '../../src/core/access.ts'
import { describeAccess } from '../../src/core/describe_access.ts'
import { addBasics, built } from '../btf/build.ts'
import { at } from './members.ts'

const { btf, ids } = built((builder) => {
  const { int, u8 } = addBasics(builder)
  const cb = builder.addArray(u8, int, 48)
  const skb = builder.addStruct('sk_buff', 64, [at(0, 'len', int), at(8, 'cb', cb)])
  const wrapper = builder.addUnion('wrapper', 64, [at(0, 'skb', skb)])
  const anonymous = builder.addStruct('', 4, [at(0, 'a', int)])
  return { skb, wrapper, anonymous, int }
})

describe('describeAccess', () => {
  it.each([
    ['skb', '0', 'struct sk_buff'],
    ['skb', '0:0', 'struct sk_buff.len'],
    ['skb', '0:1:3', 'struct sk_buff.cb[3]'],
    ['skb', '2:0', 'struct sk_buff[2].len'],
    ['wrapper', '0:0:1:0', 'union wrapper.skb.cb[0]'],
    ['anonymous', '0:0', 'struct (anonymous).a'],
    ['int', '0', 'int int'],
  ] as const)('writes access %s %s as %s', (root, text, description) => {
    expect(describeAccess(parseFieldAccess(btf, ids[root], text))).toBe(description)
  })
})
