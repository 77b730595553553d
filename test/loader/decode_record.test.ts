import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodeRecord } from '../../src/loader/decode_record.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

const file = join(import.meta.dirname, '../../bpf/killsnoop.bpf.o')
const spec = parseObject(readFileSync(file), 'killsnoop.bpf.o')

/** `struct event` of bpf/killsnoop.bpf.c, behind a byte that is none of it. */
function killRecord(): Uint8Array {
  const record = Buffer.alloc(1 + 36)
  const fields = [4711, 2, 15, -20, -3]
  for (const [index, field] of fields.entries()) record.writeInt32LE(field, 1 + index * 4)
  record.write('sh', 1 + 20)
  return record.subarray(1)
}

describe('decodeRecord', () => {
  it('decodes the bytes of a record by the types of an object that is not loaded', () => {
    expect(decodeRecord(spec, 'event', killRecord())).toEqual({
      pid: 4711,
      syscall: 'tgkill',
      signal: 15,
      target: -20,
      ret: -3,
      comm: 'sh',
    })
  })

  it('refuses fewer bytes than the type has, and a type that there is not', () => {
    const short = bpfErrorOf('BTF_BAD_VALUE', () => decodeRecord(spec, 'event', killRecord().subarray(1)))
    expect(short.message).toMatch(/\(36 bytes\) at offset 0: there are only 35 bytes/)
    bpfErrorOf('OBJECT_UNKNOWN_NAME', () => decodeRecord(spec, 'evnt', killRecord()))
  })

  it('says so where the object was built without types', () => {
    const error = bpfErrorOf('OBJECT_UNKNOWN_NAME', () =>
      decodeRecord({ ...spec, btf: undefined }, 'event', killRecord()),
    )
    expect(error.message).toBe('killsnoop.bpf.o has no BTF, so no type event; build it with clang -g')
  })
})
