import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { AbiError } from '../../src/abi/abi_error.ts'
import {
  NLA_F_NESTED,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLMSG_DONE,
  NLMSG_ERROR,
} from '../../src/abi/netlink_flags.ts'
import {
  attributeText,
  attributeU32,
  decodeNetlinkAttributes,
  decodeNetlinkMessages,
  decodeNetlinkVerdict,
  encodeNetlinkMessage,
  type NetlinkAttribute,
  netlinkU32,
} from '../../src/abi/netlink_message.ts'
import { cString } from '../../src/abi/object_name.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

const encode = (attributes: readonly NetlinkAttribute[], header = new Uint8Array()): Uint8Array =>
  encodeNetlinkMessage({ name: 'RTM_TEST', type: 18, flags: 0, header, attributes }, 5, 7)

describe('encodeNetlinkMessage', () => {
  it('puts the length, type, flags and sequence in front', () => {
    expect([...encode([], Uint8Array.of(9, 8))]).toEqual([
      20, 0, 0, 0, 18, 0, 5, 0, 7, 0, 0, 0, 0, 0, 0, 0, 9, 8, 0, 0,
    ])
  })

  it('pads attributes, and does not count the padding as theirs', () => {
    expect([...encode([{ type: 3, value: cString('lo') }]).subarray(16)]).toEqual([
      7, 0, 3, 0, 108, 111, 0, 0,
    ])
  })

  it('marks attributes that hold attributes', () => {
    const bytes = encode([{ type: 43, value: [{ type: 1, value: netlinkU32(-1) }] }]).subarray(16)
    expect([...bytes]).toEqual([12, 0, 43, NLA_F_NESTED >> 8, 8, 0, 1, 0, 255, 255, 255, 255])
  })

  it('refuses an attribute that is longer than its length can say', () => {
    bpfErrorOf('ABI_VALUE_TOO_LONG', () => encode([{ type: 1, value: new Uint8Array(0xfffc) }]))
    expect(encode([{ type: 1, value: new Uint8Array(0xfffb) }])).toHaveLength(16 + 0x1_0000)
  })
})

describe('decodeNetlinkMessages', () => {
  it('reads what was encoded, several in a row', () => {
    const one = encode([{ type: 3, value: cString('lo') }], Uint8Array.of(1, 2, 3, 4))
    const [first, second] = decodeNetlinkMessages(Uint8Array.from([...one, ...one]))
    expect(first).toEqual(second)
    expect(first).toMatchObject({ type: 18, flags: 5, sequence: 7 })
    expect(attributeText(decodeNetlinkAttributes(first!.payload, 4), 3)).toBe('lo')
  })

  it('takes a last message without its padding, and no message at all', () => {
    const bytes = encode([{ type: 3, value: cString('lo') }]).subarray(0, -1)
    bytes[0] = 23
    expect(decodeNetlinkMessages(bytes)).toHaveLength(1)
    expect(decodeNetlinkMessages(new Uint8Array())).toEqual([])
  })

  it.each([0, 15, 21, 0xffff_ffff])('refuses a length of %i', (length) => {
    const bytes = encode([], new Uint8Array(4))
    new DataView(bytes.buffer).setUint32(0, length, true)
    bpfErrorOf('ABI_BAD_MESSAGE', () => decodeNetlinkMessages(bytes))
  })

  it('gives an answer or an AbiError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          for (const message of decodeNetlinkMessages(bytes)) {
            decodeNetlinkVerdict(message)
            decodeNetlinkAttributes(message.payload)
          }
          decodeNetlinkAttributes(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(AbiError)
        }
      }),
    )
  })
})

describe('decodeNetlinkAttributes', () => {
  it('takes the last of one type, and leaves out the bits that say what the value is', () => {
    const bytes = encode([
      { type: 2, value: netlinkU32(1) },
      { type: 2 | NLA_F_NESTED, value: netlinkU32(2) },
    ]).subarray(16)
    const attributes = decodeNetlinkAttributes(bytes)
    expect([...attributes.keys()]).toEqual([2])
    expect(attributeU32(attributes, 2)).toBe(2)
  })

  it.each([0, 3, 9])('refuses a length of %i', (length) => {
    const bytes = encode([{ type: 2, value: netlinkU32(1) }]).slice(16)
    bytes[0] = length
    bpfErrorOf('ABI_BAD_MESSAGE', () => decodeNetlinkAttributes(bytes))
  })

  it('refuses a start beyond the end', () => {
    bpfErrorOf('ABI_BAD_MESSAGE', () => decodeNetlinkAttributes(new Uint8Array(4), 8))
  })

  it('has no number and no text of a type that is not there, and refuses a number that is too short', () => {
    const attributes = decodeNetlinkAttributes(encode([{ type: 2, value: new Uint8Array(2) }]).subarray(16))
    expect(attributeU32(attributes, 3)).toBeUndefined()
    expect(attributeText(attributes, 3)).toBeUndefined()
    bpfErrorOf('ABI_BAD_MESSAGE', () => attributeU32(attributes, 2))
  })
})

describe('decodeNetlinkVerdict', () => {
  const header = new Uint8Array(16)

  it('is undefined for a part of the answer', () => {
    expect(decodeNetlinkVerdict({ type: 16, flags: 0, sequence: 1, payload: header })).toBeUndefined()
  })

  it('has the errno, and the words of the kernel where there are some', () => {
    const words = encode([{ type: 1, value: cString('XDP program already attached') }]).subarray(16)
    const payload = Uint8Array.from([...netlinkU32(-16), ...header, ...words])
    const message = { type: NLMSG_ERROR, sequence: 1, payload }
    expect(decodeNetlinkVerdict({ ...message, flags: NLM_F_CAPPED | NLM_F_ACK_TLVS })).toEqual({
      errno: 16,
      explanation: 'XDP program already attached',
    })
    expect(decodeNetlinkVerdict({ ...message, flags: NLM_F_CAPPED })).toEqual({
      errno: 16,
      explanation: undefined,
    })
  })

  it('reads the end of a dump, with an errno or without', () => {
    const done = { type: NLMSG_DONE, flags: 0, sequence: 1 }
    expect(decodeNetlinkVerdict({ ...done, payload: netlinkU32(0) })?.errno).toBe(0)
    expect(decodeNetlinkVerdict({ ...done, payload: netlinkU32(-4) })?.errno).toBe(4)
    expect(decodeNetlinkVerdict({ ...done, payload: new Uint8Array() })?.errno).toBe(0)
  })

  it('refuses an acknowledgement without an errno', () => {
    const message = { type: NLMSG_ERROR, flags: 0, sequence: 1, payload: new Uint8Array(2) }
    bpfErrorOf('ABI_BAD_MESSAGE', () => decodeNetlinkVerdict(message))
  })
})
