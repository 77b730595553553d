import { describe, expect, it } from 'vitest'
import { plainBytes } from '../../src/base/plain_bytes.ts'
import { Btf } from '../../src/btf/btf.ts'
import { parseBtfExt } from '../../src/btf/btf_ext.ts'
import { fixupDatasecs } from '../../src/btf/fixup_datasecs.ts'
import { sectionNamed } from '../../src/elf/lookup.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import { smallKernel } from '../relocate/small_kernel.ts'
import { writeObject } from '../object/object_writer.ts'

/** The same bytes as Node.js often hands them over: a Buffer in the middle of a larger ArrayBuffer. */
function pooled(bytes: Uint8Array): Buffer {
  const pool = Buffer.alloc(bytes.length + 64, 0xaa)
  pool.set(bytes, 24)
  return pool.subarray(24, 24 + bytes.length)
}

describe('plainBytes', () => {
  it('gives a plain Uint8Array as it is', () => {
    const bytes = Uint8Array.of(1, 2, 3)
    expect(plainBytes(bytes)).toBe(bytes)
  })

  it('gives the same memory of a Buffer, in a class whose slice() copies', () => {
    const buffer = pooled(Uint8Array.of(1, 2, 3))
    const bytes = plainBytes(buffer)
    expect(Buffer.isBuffer(bytes)).toBe(false)
    expect([...bytes]).toEqual([1, 2, 3])
    expect(bytes.buffer).toBe(buffer.buffer)
    bytes.slice().fill(0)
    expect([...buffer]).toEqual([1, 2, 3])
  })
})

describe('parsing the BTF of a Buffer', () => {
  const { elf } = parseObject(
    writeObject({ data: { '.data': [{ name: 'limit', type: 'u64' }] } }),
    'test.bpf.o',
  )
  const btfBytes = sectionNamed(elf, '.BTF')!.data
  const extBytes = sectionNamed(elf, '.BTF.ext')!.data

  it('fixes a copy of its data sections up, and leaves the Buffer byte-identical', () => {
    const buffer = pooled(btfBytes)
    const btf = Btf.parse(buffer, { name: 'pooled' })
    const fixed = fixupDatasecs(btf, () => ({ size: 8, offsetOf: () => 4 }))
    expect(fixed).not.toEqual(btfBytes)
    expect(new Uint8Array(buffer)).toEqual(btfBytes)
    expect(Buffer.isBuffer(btf.bytes)).toBe(false)
  })

  it('cuts records of .BTF.ext out as plain bytes, whose slice() copies', () => {
    const buffer = pooled(extBytes)
    const ext = parseBtfExt(buffer, { name: 'pooled', btf: Btf.parse(btfBytes, { name: 'pooled' }) })
    const records = ext.lineInfo.map((section) => section.records)
    expect(records.length).toBeGreaterThan(0)
    for (const each of records) each.slice().fill(0xff)
    expect(new Uint8Array(buffer)).toEqual(extBytes)
  })
})

describe('parsing a Buffer', () => {
  const object = writeObject({
    data: {
      '.data': [{ name: 'limit', type: 'u64', bytes: [5, 0, 0, 0, 0, 0, 0, 0] }],
      '.bss': [{ name: 'lost', type: 'u64' }],
    },
    types: (builder, { int = 0 as never }) => ({
      task: builder.addStruct('task_struct', 4, [{ name: 'tgid', type: int, bitOffset: 0 }]),
    }),
  })

  it('leaves the Buffer and its neighbours byte-identical, whatever is done with the result', () => {
    const buffer = pooled(object)
    const before = new Uint8Array(buffer.buffer).slice()
    const spec = parseObject(buffer, 'pooled.bpf.o')
    spec.globals['limit'] = 6n
    spec.globals['lost'] = 7n
    const relocated = relocateObject(spec, { targetBtf: smallKernel })
    for (const program of relocated.programs) program.insns.fill(0xff)
    for (const map of relocated.maps) map.contents.fill(0xff)
    expect(new Uint8Array(buffer.buffer)).toEqual(before)
  })

  it('gives initial values that do not follow the Buffer', () => {
    const buffer = pooled(object)
    const spec = parseObject(buffer, 'pooled.bpf.o')
    buffer.fill(0)
    expect(spec.globals['limit']).toBe(5n)
    expect(spec.maps.get('.data')?.contents.buffer).not.toBe(buffer.buffer)
  })
})
