import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { typeId } from '../../../src/base/units.ts'
import { Btf } from '../../../src/btf/btf.ts'
import { BtfBuilder } from '../../../src/btf/encoder.ts'
import { dumpRaw, dumpRawJson, type RawDumpOptions } from '../../../src/btf/raw_dump/dump_raw.ts'
import { addBasics, built } from '../build.ts'
import { addEveryFeature } from '../every_feature.ts'
import { expectBtfError } from '../expect_code.ts'

const fixture = (name: string): Uint8Array =>
  readFileSync(new URL(`../../fixtures/btf/${name}`, import.meta.url))

const textOf = (btf: Btf, options?: RawDumpOptions): string => [...dumpRaw(btf, options)].join('')
const jsonOf = (btf: Btf, options?: RawDumpOptions): unknown =>
  JSON.parse([...dumpRawJson(btf, options)].join(''))

describe.each(['clang14', 'clang19', 'clang19-big'])('the BTF that %s writes', (compiler) => {
  it('is printed as bpftool prints it', () => {
    const btf = Btf.parse(fixture(`${compiler}.btf`), { name: compiler })
    expect(textOf(btf)).toBe(new TextDecoder().decode(fixture(`${compiler}.golden.txt`)))
  })
})

describe('types', () => {
  it('of each kind are printed, one a line', () => {
    const { btf } = built((b) => addEveryFeature(b))
    expect(textOf(btf)).toMatchInlineSnapshot(`
      "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
      [2] FLOAT 'double' size=8
      [3] STRUCT 'record' size=16 vlen=2
      	'ratio' type_id=2 bits_offset=0
      	'count' type_id=1 bits_offset=64
      [4] DECL_TAG 'a tag' type_id=3 component_idx=1
      [5] TYPE_TAG 'kptr' type_id=3
      [6] PTR '(anon)' type_id=5
      [7] ENUM64 'wide' encoding=UNSIGNED size=8 vlen=1
      	'WIDE' val=78187493520ULL
      [8] ENUM 'signed' encoding=SIGNED size=4 vlen=1
      	'MINUS' val=-1
      [9] FUNC_PROTO '(anon)' ret_type_id=1 vlen=2
      	'ctx' type_id=6
      	'w' type_id=7
      [10] FUNC_PROTO '(anon)' ret_type_id=0 vlen=1
      	'(anon)' type_id=8
      [11] PTR '(anon)' type_id=10
      [12] FUNC 'program' type_id=9 linkage=global
      [13] DECL_TAG 'arg:ctx' type_id=12 component_idx=0
      [14] FUNC 'helper' type_id=9 linkage=static
      [15] INT 'bool' size=1 bits_offset=0 nr_bits=8 encoding=BOOL
      [16] VAR 'small' type_id=15, linkage=global
      [17] VAR 'state.0' type_id=1, linkage=static
      [18] VAR 'callback' type_id=11, linkage=global
      [19] DATASEC '.data.some-name' size=16 vlen=3
      	type_id=16 offset=0 size=1 (VAR 'small')
      	type_id=17 offset=4 size=4 (VAR 'state.0')
      	type_id=18 offset=8 size=8 (VAR 'callback')
      [20] DATASEC '?.struct_ops.link' size=8 vlen=1
      	type_id=16 offset=0 size=1 (VAR 'small')
      "
    `)
  })

  it('of each kind are JSON', () => {
    const { btf } = built((b) => addEveryFeature(b))
    expect(jsonOf(btf)).toMatchInlineSnapshot(`
      {
        "types": [
          {
            "bits_offset": 0,
            "encoding": "SIGNED",
            "id": 1,
            "kind": "INT",
            "name": "int",
            "nr_bits": 32,
            "size": 4,
          },
          {
            "id": 2,
            "kind": "FLOAT",
            "name": "double",
            "size": 8,
          },
          {
            "id": 3,
            "kind": "STRUCT",
            "members": [
              {
                "bits_offset": 0,
                "name": "ratio",
                "type_id": 2,
              },
              {
                "bits_offset": 64,
                "name": "count",
                "type_id": 1,
              },
            ],
            "name": "record",
            "size": 16,
            "vlen": 2,
          },
          {
            "component_idx": 1,
            "id": 4,
            "kind": "DECL_TAG",
            "name": "a tag",
            "type_id": 3,
          },
          {
            "id": 5,
            "kind": "TYPE_TAG",
            "name": "kptr",
            "type_id": 3,
          },
          {
            "id": 6,
            "kind": "PTR",
            "name": "(anon)",
            "type_id": 5,
          },
          {
            "encoding": "UNSIGNED",
            "id": 7,
            "kind": "ENUM64",
            "name": "wide",
            "size": 8,
            "values": [
              {
                "name": "WIDE",
                "val": 78187493520,
              },
            ],
            "vlen": 1,
          },
          {
            "encoding": "SIGNED",
            "id": 8,
            "kind": "ENUM",
            "name": "signed",
            "size": 4,
            "values": [
              {
                "name": "MINUS",
                "val": -1,
              },
            ],
            "vlen": 1,
          },
          {
            "id": 9,
            "kind": "FUNC_PROTO",
            "name": "(anon)",
            "params": [
              {
                "name": "ctx",
                "type_id": 6,
              },
              {
                "name": "w",
                "type_id": 7,
              },
            ],
            "ret_type_id": 1,
            "vlen": 2,
          },
          {
            "id": 10,
            "kind": "FUNC_PROTO",
            "name": "(anon)",
            "params": [
              {
                "name": "(anon)",
                "type_id": 8,
              },
            ],
            "ret_type_id": 0,
            "vlen": 1,
          },
          {
            "id": 11,
            "kind": "PTR",
            "name": "(anon)",
            "type_id": 10,
          },
          {
            "id": 12,
            "kind": "FUNC",
            "linkage": "global",
            "name": "program",
            "type_id": 9,
          },
          {
            "component_idx": 0,
            "id": 13,
            "kind": "DECL_TAG",
            "name": "arg:ctx",
            "type_id": 12,
          },
          {
            "id": 14,
            "kind": "FUNC",
            "linkage": "static",
            "name": "helper",
            "type_id": 9,
          },
          {
            "bits_offset": 0,
            "encoding": "BOOL",
            "id": 15,
            "kind": "INT",
            "name": "bool",
            "nr_bits": 8,
            "size": 1,
          },
          {
            "id": 16,
            "kind": "VAR",
            "linkage": "global",
            "name": "small",
            "type_id": 15,
          },
          {
            "id": 17,
            "kind": "VAR",
            "linkage": "static",
            "name": "state.0",
            "type_id": 1,
          },
          {
            "id": 18,
            "kind": "VAR",
            "linkage": "global",
            "name": "callback",
            "type_id": 11,
          },
          {
            "id": 19,
            "kind": "DATASEC",
            "name": ".data.some-name",
            "size": 16,
            "vars": [
              {
                "offset": 0,
                "size": 1,
                "type_id": 16,
              },
              {
                "offset": 4,
                "size": 4,
                "type_id": 17,
              },
              {
                "offset": 8,
                "size": 8,
                "type_id": 18,
              },
            ],
            "vlen": 3,
          },
          {
            "id": 20,
            "kind": "DATASEC",
            "name": "?.struct_ops.link",
            "size": 8,
            "vars": [
              {
                "offset": 0,
                "size": 1,
                "type_id": 16,
              },
            ],
            "vlen": 1,
          },
        ],
      }
    `)
  })

  it('are numbers of any size in JSON', () => {
    const { btf } = built((b) => {
      const enumerators = [{ name: 'ALL', value: 0xffffffffffffffffn }]
      b.addEnum64('wide', { size: 8, signed: false, enumerators })
      b.addEnum('narrow', { size: 4, signed: false, enumerators: [{ name: 'TOP', value: 0xffffffffn }] })
    })
    const text = [...dumpRawJson(btf)].join('')
    expect(text).toContain('{"name":"ALL","val":18446744073709551615}')
    expect(text).toContain('{"name":"TOP","val":4294967295}')
  })

  it('of split BTF are its own ones, unless others are asked for', () => {
    const { btf: base, ids: int } = built((b) => addBasics(b).int)
    const { btf, ids } = built((b) => b.addTypedef('own', int), { base })
    expect(textOf(btf)).toBe(`[${ids}] TYPEDEF 'own' type_id=${int}\n`)
    expect(textOf(btf, { ids: [int] })).toMatch(/^\[\d+\] INT 'int' [^\n]*\n$/)
    expect(jsonOf(btf, { ids: [] })).toEqual({ types: [] })
  })
})

describe('types that make no sense', () => {
  it('are printed as they are', () => {
    const { btf } = built((b) => {
      b.addRaw({ nameOffset: 999_999, info: 1 << 24, sizeOrType: 7, words: [0x7f_10_00_09] })
      b.addRaw({ nameOffset: 0, info: (6 << 24) | 0, sizeOrType: 0 })
      b.addRaw({ nameOffset: b.string('f'), info: (12 << 24) | 9, sizeOrType: 77 })
      b.addDatasec('.data', 4, [{ type: typeId(77), offset: 1, size: 2 }])
    })
    expect(textOf(btf)).toBe(
      [
        "[1] INT '(invalid)' size=7 bits_offset=16 nr_bits=9 encoding=UNKN",
        "[2] ENUM '(anon)' encoding=UNSIGNED size=0 vlen=0",
        "[3] FUNC 'f' type_id=77 linkage=(unknown)",
        "[4] DATASEC '.data' size=4 vlen=1",
        '\ttype_id=77 offset=1 size=2',
        '',
      ].join('\n'),
    )
  })

  it('write nothing to a terminal that moves its cursor', () => {
    const { btf } = built((b) => b.addTypedef('a\n[2] PTR\u001b[2J', addBasics(b).int))
    expect(textOf(btf)).toContain("TYPEDEF 'a?[2] PTR?[2J'")
    expect(jsonOf(btf)).toMatchObject({
      types: expect.arrayContaining([
        expect.objectContaining({ name: 'a\n[2] PTR\u001b[2J' }) as unknown,
      ]) as unknown,
    })
  })

  const unknown = (layout: boolean): Btf => {
    const builder = new BtfBuilder()
    builder.addPtr(typeId(0))
    builder.addRaw({ nameOffset: builder.string('new'), info: 99 << 24, sizeOrType: 0 })
    const layouts = Array.from({ length: 100 }, () => ({ infoSize: 0, elementSize: 0 }))
    const bytes = builder.finish({ endianness: 'little', ...(layout ? { layout: layouts } : {}) })
    return Btf.parse(bytes, { name: 'newer', atUnknownKind: 'stop' })
  }

  it('are of a kind that is not known, but described', () => {
    expect(textOf(unknown(true))).toBe("[1] PTR '(anon)' type_id=0\n[2] UNKNOWN 'new'\n")
    expect(jsonOf(unknown(true))).toMatchObject({ types: [{}, { id: 2, kind: 'UNKNOWN', name: 'new' }] })
  })

  it('are the last ones where those behind them cannot be found, which is an error', () => {
    const pieces: string[] = []
    expectBtfError(() => {
      for (const piece of dumpRaw(unknown(false))) pieces.push(piece)
    }, 'BTF_UNKNOWN_KIND')
    expect(pieces.join('')).toBe("[1] PTR '(anon)' type_id=0\n")
  })
})
