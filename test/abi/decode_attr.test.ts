import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LINK_CREATE, MAP_CREATE } from '../../src/abi/bpf_attr.ts'
import { BPF_PROG_INFO } from '../../src/abi/bpf_info.ts'
import { decodeAttr } from '../../src/abi/decode_attr.ts'
import { encodeAttr } from '../../src/abi/encode_attr.ts'

describe('decodeAttr', () => {
  it('gives back what was encoded', () => {
    const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
    const name = fc.stringMatching(/^[a-z_.]{0,15}$/)
    fc.assert(
      fc.property(
        u32,
        u32,
        name,
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        (map_type, btf_fd, map_name, map_extra) => {
          const values = { map_type, btf_fd, map_name, map_extra, map_token_fd: -1 }
          expect(decodeAttr(MAP_CREATE, encodeAttr(MAP_CREATE, values).bytes)).toMatchObject(values)
        },
      ),
    )
  })

  it('reads fields that are not there, or not wholly, as zero', () => {
    const decoded = decodeAttr(MAP_CREATE, Uint8Array.from([7, 0, 0, 0, 9]))
    expect(decoded).toMatchObject({ map_type: 7, key_size: 9, map_name: '', map_extra: 0n })
    expect(decodeAttr(MAP_CREATE, new Uint8Array(0)).map_type).toBe(0)
  })

  it('gives both members of a union', () => {
    expect(decodeAttr(LINK_CREATE, Uint8Array.from([0, 0, 0, 0, 5]))).toMatchObject({
      target_fd: 5,
      target_ifindex: 5,
    })
  })

  it('copies bytes and cuts text at the first NUL', () => {
    const bytes = new Uint8Array(224).fill(0x61, 8, 16).fill(0x62, 64, 80)
    const decoded = decodeAttr(BPF_PROG_INFO, bytes)
    expect(decoded.name).toBe('b'.repeat(16))
    bytes.fill(0)
    expect(decoded.tag).toEqual(new Uint8Array(8).fill(0x61))
  })

  it('decodes a view that does not start where its buffer does', () => {
    expect(decodeAttr(MAP_CREATE, new Uint8Array([9, 9, 9, 1, 0, 0, 0]).subarray(3)).map_type).toBe(1)
  })
})
