import { describe, expect, it } from 'vitest'
import { btfCodec, bytesCodec, indexCodec, perCpuCodec } from '../../src/maps/map_codec.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { addBasics, built } from '../btf/build.ts'

const subject = { what: 'value', map: 'counts' } as const

function view(length: number): DataView<ArrayBuffer> {
  return new DataView(new ArrayBuffer(length))
}

describe('bytes as keys and values', () => {
  const codec = bytesCodec(3, subject)

  it('go in and come out as copies', () => {
    const memory = view(5)
    codec.encode(Uint8Array.of(1, 2, 3), memory, 1)
    const bytes = codec.decode(memory, 1)
    memory.setUint8(1, 9)
    expect(bytes).toEqual(Uint8Array.of(1, 2, 3))
  })

  it('are refused with another length, and as what they are not', () => {
    const error = bpfErrorOf('MAP_BAD_SIZE', () => {
      codec.encode(new Uint8Array(2), view(3), 0)
    })
    expect(error.message).toBe('map counts has values of 3 bytes; got one of 2')
    bpfErrorOf('MAP_BAD_SIZE', () => {
      codec.encode('abc' as unknown as Uint8Array, view(3), 0)
    })
  })
})

describe('indices', () => {
  it.each([-1, 1.5, 2 ** 32, NaN])('are no %d', (index) => {
    bpfErrorOf('MAP_BAD_SIZE', () => {
      indexCodec('counts').encode(index, view(4), 0)
    })
  })

  it('are 32-bit numbers', () => {
    const memory = view(4)
    indexCodec('counts').encode(0xffff_fffe, memory, 0)
    expect(indexCodec('counts').decode(memory, 0)).toBe(0xffff_fffe)
  })
})

describe('BTF types', () => {
  const { btf, ids } = built((builder) => {
    const { u32, u8 } = addBasics(builder)
    return builder.addStruct('limits', 8, [
      { name: 'max', type: u32, bitOffset: 0 },
      { name: 'addr', type: builder.addArray(u8, u32, 4), bitOffset: 32 },
    ])
  })
  const codec = btfCodec<{ max: number; addr: readonly number[] }>(btf, ids, subject)

  it('are objects in both directions', () => {
    const memory = view(8)
    codec.encode({ max: 7, addr: [1, 2, 3, 4] }, memory, 0)
    expect(codec.decode(memory, 0)).toEqual({ max: 7, addr: [1, 2, 3, 4] })
    expect(codec.size).toBe(8)
  })

  it('name the part that does not fit', () => {
    const { message } = bpfErrorOf('BTF_BAD_VALUE', () => {
      codec.encode({ max: 7, addr: [1, 2, 3, 300] }, view(8), 0)
    })
    expect(message).toContain('value.addr[3] takes an integer from 0 to 255, not 300')
  })
})

describe('a value for every cpu', () => {
  const codec = perCpuCodec(indexCodec('counts'), 3, 'counts')

  it('is one for each possible cpu, 8 bytes apart', () => {
    const memory = view(24)
    codec.encode([1, 2, 3], memory, 0)
    expect([...new Uint32Array(memory.buffer)]).toEqual([1, 0, 2, 0, 3, 0])
    expect(codec.decode(memory, 0)).toEqual([1, 2, 3])
  })

  it('is refused where there are more or fewer, or none at all', () => {
    const { message } = bpfErrorOf('MAP_BAD_SIZE', () => {
      codec.encode([1, 2], view(24), 0)
    })
    expect(message).toBe('map counts has a value for each of 3 possible cpus; got 2 of them')
    bpfErrorOf('MAP_BAD_SIZE', () => {
      codec.encode(5 as unknown as number[], view(24), 0)
    })
  })
})
