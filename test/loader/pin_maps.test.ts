import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { bpf_map_type } from '../../src/abi/generated/bpf.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadStep } from '../../src/loader/steps.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { bpfFsTest, withBpfFs } from '../kernel/bpffs_mount.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import type { MapDescription } from '../object/object_writer.ts'
import { BpfKernel } from './bpf_kernel.ts'
import { smallSpec } from './small_object.ts'

const KEY = Uint8Array.of(1, 0, 0, 0)

function pinnedSpec(uints: MapDescription['uints'] = {}): ObjectSpec {
  const types = { key: 'u32', value: 'u64' }
  return smallSpec({
    programs: [{}],
    maps: [{ name: 'counts', uints: { type: 1, max_entries: 16, pinning: 1, ...uints }, types }],
  })
}

describe('a map that is pinned by name', () => {
  bpfFsTest('is created by the first load and shared by the next', () => {
    withBpfFs((mount) => {
      const steps: LoadStep[] = []
      const pinPath = `${mount}/mine/`
      const options = { pinPath, observer: (step: LoadStep) => steps.push(step) }
      {
        using first = loadObject(pinnedSpec(), options)
        first.maps.get('counts')!.update(KEY, new Uint8Array(8).fill(7))
      }
      using second = loadObject(pinnedSpec(), options)
      expect(second.maps.get('counts')!.lookup(KEY)).toEqual(new Uint8Array(8).fill(7))
      const path = `${mount}/mine/counts`
      const named = steps.flatMap((step) => ('map' in step && step.map === 'counts' ? [step] : []))
      expect(named).toMatchObject([
        { kind: 'map-created' },
        { kind: 'map-pinned', path },
        { kind: 'map-reused', path },
      ])
    })
  })

  bpfFsTest('is refused where another kind of map has its name, with every difference', () => {
    withBpfFs((pinPath) => {
      loadObject(pinnedSpec(), { pinPath }).close()
      const other = pinnedSpec({ type: 9, max_entries: 8 })
      const error = bpfErrorOf('LOAD_PIN_MISMATCH', () => loadObject(other, { pinPath }))
      expect(error.message).toContain(
        `the map that is pinned at ${pinPath}/counts is not map counts of the object: type is 1`,
      )
      expect(error.message).toContain('max_entries is 16 there and 8 here; remove the pin')
    })
  })

  bpfFsTest('is no other kind of map for a flag that the kernel adds to maps of devices', () => {
    withBpfFs((pinPath) => {
      const load = (): void => {
        const uints = { type: bpf_map_type.BPF_MAP_TYPE_DEVMAP, max_entries: 4, pinning: 1 }
        const maps = [{ name: 'devices', uints, types: { key: 'u32', value: 'u32' } }]
        loadObject(smallSpec({ programs: [{}], maps }), { pinPath }).close()
      }
      load()
      load()
      expect(existsSync(`${pinPath}/devices`)).toBe(true)
    })
  })

  bpfFsTest('is not pinned any more after a load that fails', () => {
    withBpfFs((pinPath) => {
      const kernel = failingKernel(openKernel(), { command: 'BPF_PROG_LOAD', errno: 12 })
      bpfErrorOf('LOAD_PROGRAM_REFUSED', () => loadObject(pinnedSpec(), { pinPath, kernel }))
      expect(existsSync(`${pinPath}/counts`)).toBe(false)
      loadObject(pinnedSpec(), { pinPath }).close()
      bpfErrorOf('LOAD_PROGRAM_REFUSED', () => loadObject(pinnedSpec(), { pinPath, kernel }))
      expect(existsSync(`${pinPath}/counts`)).toBe(true)
    })
  })

  bpfFsTest('that another process pins first is that one', () => {
    withBpfFs((pinPath) => {
      using other = loadObject(pinnedSpec(), { pinPath })
      other.maps.get('counts')!.update(KEY, new Uint8Array(8).fill(9))
      const kernel = failingKernel(openKernel(), { nth: 1, command: 'BPF_OBJ_GET', errno: 2 })
      using object = loadObject(pinnedSpec(), { pinPath, kernel })
      expect(object.maps.get('counts')!.lookup(KEY)).toEqual(new Uint8Array(8).fill(9))
    })
  })

  for (const command of ['BPF_OBJ_PIN', 'BPF_OBJ_GET'] as const) {
    bpfFsTest(`is refused where ${command} fails`, () => {
      withBpfFs((pinPath) => {
        const kernel = failingKernel(openKernel(), { command, errno: 12 })
        const error = bpfErrorOf('LOAD_PIN_FAILED', () => loadObject(pinnedSpec(), { pinPath, kernel }))
        expect(error.message).toContain(`${pinPath}/counts`)
        expect(error).toMatchObject({ map: 'counts', cause: { errnoName: 'ENOMEM' } })
      })
    })
  }

  it('needs a BPF file system, and says how to get one', () => {
    const kernel = new BpfKernel()
    const error = bpfErrorOf('LOAD_PIN_FAILED', () => loadObject(pinnedSpec(), { kernel, pinPath: tmpdir() }))
    expect(error.message).toContain('small.bpf.o: cannot pin map counts: a BPF file system was looked for at')
    expect(error.message).toContain('mount -t bpf bpf /sys/fs/bpf')
    expect(kernel.descriptors.size).toBe(0)
  })
})
