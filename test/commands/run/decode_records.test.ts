import { describe, expect, it } from 'vitest'
import { VOID } from '../../../src/base/units.ts'
import type { BtfBuilder } from '../../../src/btf/encoder.ts'
import { planBuffers } from '../../../src/commands/run/buffers.ts'
import { RecordDecoding } from '../../../src/commands/run/decode_records.ts'
import { bpf_map_type } from '../../../src/abi/generated/bpf.ts'
import { parseObject } from '../../../src/object/parse_object.ts'
import { RingRecord } from '../../../src/ringbuf/ring_record.ts'
import type { TypeId } from '../../../src/base/units.ts'
import { writeObject } from '../../object/object_writer.ts'

const rb = { name: 'rb', uints: { type: bpf_map_type.BPF_MAP_TYPE_RINGBUF, max_entries: 4096 } }

function recordOf(bytes: readonly number[]): RingRecord {
  const record = new RingRecord(Uint8Array.from(bytes).buffer, 0, bytes.length, 'rb')
  RingRecord.moveTo(record, 0, bytes.length)
  return record
}

/** Reads records of a buffer whose object has a pointer to a struct of a u16 and an array, which `--event` may name. */
function decoding(
  array?: (builder: BtfBuilder, u16: TypeId) => { type: TypeId; size: number },
  events: ReadonlyMap<string, string> = new Map(),
): {
  readonly read: (bytes: readonly number[]) => unknown
  readonly told: readonly string[]
} {
  const spec = parseObject(
    writeObject({
      maps: [rb],
      ...(array === undefined
        ? {}
        : {
            data: { '.bss': [{ name: 'unused', type: 'event *' }] },
            types: (builder) => {
              const u16 = builder.addInt('u16', 2)
              const { type, size } = array(builder, u16)
              const members = [
                { name: 'pid', type: u16, bitOffset: 0 },
                { name: 'data', type, bitOffset: 16 },
              ]
              return { 'event *': builder.addPtr(builder.addStruct('event', 2 + size, members)) }
            },
          }),
    }),
    'test.bpf.o',
  )
  const [plan] = planBuffers(spec, events)
  if (plan === undefined) return expect.fail('no buffer')
  const told: string[] = []
  const records = new RecordDecoding(plan, spec.btf, (line) => told.push(line))
  return { read: (bytes) => records.read(recordOf(bytes)).members, told }
}

describe('RecordDecoding', () => {
  it('reads what was sent of the array that ends a struct', () => {
    const { read, told } = decoding((builder, u16) => ({ type: builder.addArray(u16, VOID, 3), size: 6 }))
    expect(read([7, 0, 1, 0])).toEqual({ pid: 7, data: [1, 0, 0] })
    expect(read([7, 0, 1, 0, 2, 0, 3, 0])).toEqual({ pid: 7, data: [1, 2, 3] })
    expect(told).toEqual([])
  })

  it('reads a flexible array, of numbers or of text', () => {
    const numbers = decoding((builder, u16) => ({ type: builder.addArray(u16, VOID, 0), size: 0 }))
    expect(numbers.read([7, 0])).toEqual({ pid: 7, data: [] })
    expect(numbers.read([7, 0, 1, 0, 2, 0, 3])).toEqual({ pid: 7, data: [1, 2] })
    const text = decoding((builder) => {
      const char = builder.addInt('char', 1, { encoding: 'char' })
      return { type: builder.addArray(char, VOID, 0), size: 0 }
    })
    expect(text.read([7, 0, 0x68, 0x69])).toEqual({ pid: 7, data: 'hi' })
    expect(text.read([7, 0, 0x68, 0, 0x69])).toEqual({ pid: 7, data: 'h' })
    // The struct is as long as if it went on, and the record is not.
    const within = decoding((builder) => ({
      type: builder.addArray(builder.addInt('u8', 1), VOID, 0),
      size: 6,
    }))
    expect(within.read([7, 0, 1, 2])).toEqual({ pid: 7, data: [1, 2] })
    expect([...numbers.told, ...text.told, ...within.told]).toEqual([])
  })

  it('says once how types get into an object, whatever sizes its records have', () => {
    const { read, told } = decoding()
    expect(read([1, 2])).toEqual({ bytes: '0102' })
    expect(read([1, 2, 3])).toEqual({ bytes: '010203' })
    expect(told).toEqual([
      "rb: records of 2 bytes are shown as bytes: no struct in the object's BTF has that size. clang leaves out types that " +
        "nothing refers to: declare a variable such as 'const struct event *unused __attribute__((unused));'",
    ])
  })

  it('says once that records go on behind the type that they were said to have', () => {
    const ofThree = (builder: BtfBuilder, u16: TypeId): { type: TypeId; size: number } => ({
      type: builder.addArray(u16, VOID, 3),
      size: 6,
    })
    const { read, told } = decoding(ofThree, new Map([['rb', 'event']]))
    const bytes = [7, 0, 1, 0, 2, 0, 3, 0]
    expect(read([...bytes, 1])).toEqual({ pid: 7, data: [1, 2, 3] })
    expect(read([...bytes, 1, 2])).toEqual({ pid: 7, data: [1, 2, 3] })
    expect(told).toEqual(['rb: records have 9 bytes, struct event 8: what is behind them is not shown'])
  })

  it('goes on with bytes where records are shorter than what a pointer variable suggests', () => {
    const { read, told } = decoding((builder, u16) => ({ type: builder.addArray(u16, VOID, 3), size: 6 }))
    expect(read([9])).toEqual({ bytes: '09' })
    expect(told).toEqual([
      'rb: records of 1 byte are shown as bytes: struct event has 8; --event rb=TYPE says what they are',
    ])
  })
})
