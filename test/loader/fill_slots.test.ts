import { describe, expect, it } from 'vitest'
import { openKernel } from '../../src/kernel/linux.ts'
import { infoByFd } from '../../src/kernel/bpf_calls.ts'
import { BPF_MAP_INFO, BPF_PROG_INFO } from '../../src/abi/bpf_info.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { bpfTest } from '../kernel/require.ts'
import type { ObjectDescription } from '../object/object_writer.ts'
import { smallSpec } from './small_object.ts'
import { BpfKernel, refuse } from './bpf_kernel.ts'

const inner = { uints: { type: 1, max_entries: 4 }, types: { key: 'u32', value: 'u64' } }
const description: Partial<ObjectDescription> = {
  programs: [
    { name: 'tail', section: 'socket' },
    { name: 'entry', section: 'socket' },
  ],
  maps: [
    {
      name: 'outer',
      uints: { type: 12, max_entries: 4 },
      types: { key: 'u32' },
      values: inner,
      slots: { 1: 'late' },
    },
    {
      name: 'hash',
      uints: { type: 13, max_entries: 4, key_size: 4 },
      values: inner,
      slots: { 3: 'late', 9: 'early' },
    },
    { name: 'early', ...inner },
    { name: 'late', ...inner },
    {
      name: 'jumps',
      uints: { type: 3, max_entries: 4, key_size: 4 },
      values: 'functions',
      slots: { 2: 'tail' },
    },
  ],
}

const word = (value: number): Uint8Array => new Uint8Array(new Uint32Array([value]).buffer)
const number = (bytes: Uint8Array | undefined): number | undefined =>
  bytes && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)

describe('the slots of maps', () => {
  bpfTest('hold maps and programs in the real kernel, also maps that are defined later', () => {
    const kernel = openKernel()
    using object = loadObject(smallSpec(description), { kernel })
    const id = (name: string): number => infoByFd(kernel, object.maps.get(name)!.fd, BPF_MAP_INFO).id
    const at = (name: string, key: number): number | undefined =>
      number(object.maps.get(name)!.lookup(word(key)))
    expect(at('outer', 1)).toBe(id('late'))
    expect(at('outer', 0)).toBeUndefined()
    expect([at('hash', 3), at('hash', 9)]).toEqual([id('late'), id('early')])
    expect(at('jumps', 2)).toBe(infoByFd(kernel, object.programs.get('tail')!.fd, BPF_PROG_INFO).id)
  })

  it.each([
    ['late', 'maps', 'cannot fill slot 1 of map outer: map late is left out', 'autocreate'],
    ['tail', 'programs', 'cannot fill slot 2 of map jumps: program tail is left out', 'autoload'],
  ] as const)('cannot hold %s where it is left out', (name, kind, found, option) => {
    const spec = smallSpec(description)
    if (kind === 'maps') spec.maps.get(name)!.autocreate = false
    else spec.programs.get(name)!.autoload = false
    spec.maps.get('hash')!.autocreate = false
    const kernel = new BpfKernel()
    const error = bpfErrorOf('LOAD_SLOT_TARGET_MISSING', () => loadObject(spec, { kernel }))
    expect(error.message).toContain(found)
    expect(error.message).toContain(`set its ${option} to true`)
    expect(kernel.descriptors.size).toBe(0)
  })

  it('are empty in a map that is left out itself', () => {
    const spec = smallSpec(description)
    spec.programs.get('tail')!.autoload = false
    spec.maps.get('jumps')!.autocreate = false
    using object = loadObject(spec, { kernel: new BpfKernel() })
    expect([...object.maps.keys()]).not.toContain('jumps')
  })

  it('are an error with the slot’s number where the kernel does not take one', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_MAP_UPDATE_ELEM = refuse('BPF_MAP_UPDATE_ELEM', 22)
    const spec = smallSpec({ ...description, data: {} })
    spec.maps.get('hash')!.autocreate = false
    const error = bpfErrorOf('LOAD_MAP_REFUSED', () => loadObject(spec, { kernel }))
    expect(error.message).toContain('cannot put map late into slot 1 of map outer: bpf(BPF_MAP_UPDATE_ELEM)')
    expect(error).toMatchObject({ map: 'outer' })
  })
})

describe('a map that is not understood', () => {
  const spec = (): ReturnType<typeof smallSpec> =>
    smallSpec({ programs: [{}], maps: [{ name: 'odd', uints: { type: 1, max_entries: 1, colour: 3 } }] })

  it('is an error when it is to be created, which says how to leave it out', () => {
    const error = bpfErrorOf('LOAD_MAP_NOT_UNDERSTOOD', () => loadObject(spec(), { kernel: new BpfKernel() }))
    expect(error.message).toContain("cannot create map odd: attribute 'colour' is not known; known are type,")
    expect(error.message).toContain('set its autocreate to false')
    expect(error).toMatchObject({ map: 'odd' })
  })

  it('costs nothing where it is left out', () => {
    const left = spec()
    left.maps.get('odd')!.autocreate = false
    using object = loadObject(left, { kernel: new BpfKernel() })
    expect(object.maps.has('odd')).toBe(false)
  })
})
