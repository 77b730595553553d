import { describe, expect, it } from 'vitest'
import { parseObject } from '../../src/object/parse_object.ts'
import { RecordSink } from '../../src/loader/record_sink.ts'
import type { UserRingBuffer } from '../../src/ringbuf/user_ring_buffer.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeObject } from '../object/object_writer.ts'

function open(): { readonly written: number[][]; readonly sink: RecordSink<number> } {
  const { btf } = parseObject(writeObject({ maps: [{ name: 'm', types: { value: 'u32' } }] }), 'sink.bpf.o')
  const type = btf?.find('unsigned int', 'int') ?? expect.fail('no type')
  const written: number[][] = []
  const ring = {
    output: (bytes: Uint8Array) => written.push([...bytes]) > 0,
    outputAsync: (bytes: Uint8Array) => Promise.resolve(void written.push([...bytes])),
  }
  return { written, sink: new RecordSink<number>(ring as unknown as UserRingBuffer, btf!, type.id) }
}

describe('RecordSink', () => {
  it('writes values as records of its type, now or later', async () => {
    const { written, sink } = open()
    expect(sink.write(0x01020304)).toBe(true)
    await sink.writeAsync(5)
    expect(written).toEqual([
      [4, 3, 2, 1],
      [5, 0, 0, 0],
    ])
  })

  it('writes nothing of a value that is none of the type', async () => {
    const { written, sink } = open()
    bpfErrorOf('BTF_BAD_VALUE', () => sink.write(-1))
    await expect(sink.writeAsync(2 ** 40)).rejects.toMatchObject({ code: 'BTF_BAD_VALUE' })
    expect(written).toEqual([])
  })
})
