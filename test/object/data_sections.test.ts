import { describe, expect, it } from 'vitest'
import { SHT_NOBITS } from '../../src/elf/constants.ts'
import { isDataSection } from '../../src/object/data_sections.ts'
import type { MapSpec } from '../../src/object/map_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { type ObjectDescription, writeObject } from './object_writer.ts'

const BPF_F_RDONLY_PROG = 1 << 7
const BPF_F_MMAPABLE = 1 << 10

function mapsOf(description: ObjectDescription): ReadonlyMap<string, MapSpec> {
  return parseObject(writeObject(description), 'test.bpf.o').maps
}

describe('readDataSections', () => {
  it('makes each data section an array map of one value, filled with its bytes', () => {
    const map = mapsOf({ data: { '.data': [{ name: 'limit', type: 'u32', bytes: [1, 2, 3, 4] }] } }).get(
      '.data',
    )
    expect(map).toMatchObject({ type: 2, keySize: 4, valueSize: 8, flags: BPF_F_MMAPABLE })
    expect(map?.maxEntries).toBe(1)
    expect([...(map?.contents ?? [])]).toEqual([1, 2, 3, 4, 0, 0, 0, 0])
  })

  it('fills .bss with zeros, as many as the section has in memory', () => {
    const map = mapsOf({
      data: {
        '.bss': [
          { name: 'a', type: 'u64' },
          { name: 'b', type: 'u64' },
        ],
      },
    }).get('.bss')
    expect([...(map?.contents ?? [])]).toEqual(new Array(16).fill(0))
  })

  it('lets programs only read .rodata and its kin', () => {
    const maps = mapsOf({
      data: {
        '.rodata': [{ name: 'a', type: 'u64' }],
        '.rodata.config': [{ name: 'b', type: 'u64' }],
        '.data.rodata': [{ name: 'c', type: 'u64' }],
      },
    })
    const readOnly = [...maps.values()].map(({ name, flags, origin }) => [
      name,
      flags & BPF_F_RDONLY_PROG,
      origin.kind === 'data' && origin.readOnly,
    ])
    expect(readOnly).toEqual([
      ['.rodata', BPF_F_RDONLY_PROG, true],
      ['.rodata.config', BPF_F_RDONLY_PROG, true],
      ['.data.rodata', 0, false],
    ])
  })

  it('makes a map mmapable only where it holds a global variable', () => {
    const maps = mapsOf({ data: { '.data': [{ name: 'a', type: 'u64', linkage: 'static' }] } })
    expect(maps.get('.data')?.flags).toBe(0)
  })

  it('makes maps of sections that no BTF describes, without variables', () => {
    const spec = parseObject(
      writeObject({ debugInfo: 'absent', data: { '.bss': [{ name: 'a', type: 'u64' }] } }),
      'test.bpf.o',
    )
    expect(spec.maps.get('.bss')).toMatchObject({ valueSize: 8, flags: 0, valueType: 0 })
    expect(spec.variables).toEqual([])
  })

  it('leaves empty sections out', () => {
    expect([...mapsOf({ data: { '.data': [], '.bss': [] } }).keys()]).toEqual([])
  })

  it('leaves variables out that do not lie within their section', () => {
    const bytes = writeObject({
      data: {
        '.data': [
          { name: 'inside', type: 'u64' },
          { name: 'outside', type: 'u64' },
        ],
      },
      symbolLies: { outside: { value: 9n } },
    })
    expect(parseObject(bytes, 'test.bpf.o').variables.map(({ name }) => name)).toEqual(['inside'])
  })

  it('refuses sections that ask for more memory than any object needs, each alone or together', () => {
    const bss = (name: string, size: number): { name: string; type: number; size: number } => ({
      name,
      type: SHT_NOBITS,
      size,
    })
    for (const extraSections of [
      [bss('.bss', 2 ** 50)],
      [bss('.bss', 200 * 2 ** 20), bss('.bss.more', 100 * 2 ** 20)],
    ]) {
      const error = bpfErrorOf('OBJECT_UNSUPPORTED', () => mapsOf({ extraSections }))
      expect(error.section).toBe(extraSections.at(-1)?.name)
    }
  })
})

describe('isDataSection', () => {
  it.each(['.data', '.rodata', '.bss', '.rodata.str1.1', '.bss.counters', '.data.x'])('takes %s', (name) => {
    expect(isDataSection(name)).toBe(true)
  })

  it.each(['data', '.dat', '.datax', '.rodatas', '.bssx', '', '.text', '.maps'])(
    'does not take %j',
    (name) => {
      expect(isDataSection(name)).toBe(false)
    },
  )
})
