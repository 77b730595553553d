import { describe, expect, it } from 'vitest'
import { parseObject } from '../../src/object/parse_object.ts'
import { kconfigVariables } from '../../src/object/kconfig_map.ts'
import { writeExternObject } from './extern_object.ts'

const kconfig = [
  { name: 'CONFIG_HZ', type: 'int' },
  { name: 'CONFIG_A', type: 'bool' },
]

describe('the map of __kconfig variables', () => {
  it('is read-only to programs, of the size of all of them, and comes after the data sections', () => {
    const data = { '.data': [{ name: 'word', type: 'u64' }] }
    const { maps, btf } = parseObject(writeExternObject({ kconfig, data }), 'test.bpf.o')
    expect([...maps.keys()]).toEqual(['.data', '.kconfig'])
    // BPF_F_RDONLY_PROG and BPF_F_MMAPABLE, include/uapi/linux/bpf.h.
    expect(maps.get('.kconfig')).toMatchObject({
      type: 2,
      keySize: 4,
      valueSize: 5,
      maxEntries: 1,
      flags: 128 | 1024,
    })
    expect(maps.get('.kconfig')?.valueType).toBe(btf?.find('.kconfig', 'datasec')?.id)
    expect(maps.get('.kconfig')?.contents).toEqual(new Uint8Array(5))
  })

  it('is not there where nothing would be in it', () => {
    expect(
      parseObject(writeExternObject({ ksyms: [{ name: 'x', type: 'int' }] }), 'test.bpf.o').maps.size,
    ).toBe(0)
    const sizeless = { kconfig: [{ name: 'CONFIG_X', type: 'const void' }] }
    expect(parseObject(writeExternObject(sizeless), 'test.bpf.o').maps.size).toBe(0)
  })

  it('has its variables among the globals once it is loaded, and not in the spec, where their values are unknown', () => {
    const { externs, globals } = parseObject(writeExternObject({ kconfig }), 'test.bpf.o')
    expect(kconfigVariables(externs)).toMatchObject([
      { name: 'CONFIG_HZ', sectionName: '.kconfig', offset: 0, size: 4 },
      { name: 'CONFIG_A', sectionName: '.kconfig', offset: 4, size: 1 },
    ])
    expect(Object.keys(globals)).toEqual([])
  })
})
