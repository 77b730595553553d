import { describe, expect, it } from 'vitest'
import { loadObject } from '../../src/loader/load_object.ts'
import { mapPinRequests } from '../../src/loader/pin_requests.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfFsTest, withBpfFs } from '../kernel/bpffs_mount.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { writeObject } from '../object/object_writer.ts'
import { BpfKernel } from './bpf_kernel.ts'
import { smallSpec } from './small_object.ts'

describe('where the maps of an object are pinned', () => {
  it('is under their names in the kernel, without dots', () => {
    using object = loadObject(smallSpec(), { kernel: new BpfKernel() })
    const names = mapPinRequests(object, '/pins').map(({ path }) => path.slice('/pins/'.length))
    expect(names).toContain('counts')
    expect(names).toContain('rb')
    expect(names.filter((name) => name.endsWith('_bss') || name.endsWith('_rodata'))).toHaveLength(2)
    expect(names.join('')).not.toContain('.')
  })

  bpfFsTest('leaves out what is pinned there by its name already, and nothing elsewhere', () => {
    withBpfFs((mount) => {
      const maps = [
        {
          name: 'counts',
          uints: { type: 1, max_entries: 16, pinning: 1 },
          types: { key: 'u32', value: 'u64' },
        },
      ]
      const spec = parseObject(writeObject({ maps }), 'test.bpf.o')
      using object = loadObject(spec, { kernel: openKernel(), pinPath: mount })
      expect(mapPinRequests(object, `${mount}/`, mount)).toEqual([])
      expect(mapPinRequests(object, `${mount}/other`, mount).map(({ path }) => path)).toEqual([
        `${mount}/other/counts`,
      ])
    })
  })
})
