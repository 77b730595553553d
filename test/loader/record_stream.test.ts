import { describe, expect, it } from 'vitest'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { recordDecoder, recordType } from '../../src/loader/record_stream.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

function types(): Btf {
  const builder = new BtfBuilder()
  const u32 = builder.addInt('unsigned int', 4)
  const struct = builder.addStruct('event', 8, [
    { name: 'pid', type: u32, bitOffset: 0 },
    { name: 'ppid', type: u32, bitOffset: 32 },
  ])
  builder.addTypedef('event_t', struct)
  builder.addTypedef('event', u32)
  return Btf.parse(builder.finish({ endianness: 'little' }), { name: 'a.bpf.o' })
}

const view = new DataView(Uint8Array.of(0xff, 1, 0, 0, 0, 2, 0, 0, 0).buffer)

describe('a record', () => {
  it.each(['event', 'event_t'])('decodes the struct behind %s, wherever it stands', (name) => {
    const btf = types()
    const { size, decode } = recordDecoder<unknown>(btf, recordType(btf, name))
    expect(size).toBe(8)
    expect(decode(view, 1)).toEqual({ pid: 1, ppid: 2 })
  })

  it('refuses a name that no type has, and says why clang may have left it out', () => {
    const error = bpfErrorOf('OBJECT_UNKNOWN_NAME', () => recordType(types(), 'evnt'))
    expect(error.message).toMatch(/^a\.bpf\.o has no struct, union or typedef evnt; clang leaves out/)
  })
})
