import { describe, expect, it } from 'vitest'
import { bpf_map_type } from '../../src/abi/generated/bpf.ts'
import { BPF_MAP_INFO } from '../../src/abi/bpf_info.ts'
import { infoByFd } from '../../src/kernel/bpf_calls.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { countPossibleCpus } from '../../src/kernel/possible_cpus.ts'
import { typeId, VOID } from '../../src/base/units.ts'
import { requestMap } from '../../src/loader/create_map.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { MapShape } from '../../src/object/map_spec.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { bpfTest } from '../kernel/require.ts'
import type { MapDescription } from '../object/object_writer.ts'
import { type Answer, BpfKernel, fail, u32 } from './bpf_kernel.ts'
import { smallSpec } from './small_object.ts'

/** Where `btf_fd` and `numa_node` are in `union bpf_attr`. */
const BTF_FD = 48
const NUMA_NODE = 24

type Requests = readonly Readonly<Record<string, unknown>>[]

const STRUCT_OPS: MapShape = {
  type: bpf_map_type.BPF_MAP_TYPE_STRUCT_OPS,
  keySize: 4,
  valueSize: 64,
  maxEntries: 1,
  flags: 0,
  numaNode: 0,
  mapExtra: 0n,
  keyType: VOID,
  valueType: VOID,
}

function load(map: Omit<MapDescription, 'name'>, kernel = new BpfKernel()): Requests {
  const recording = recordingKernel(kernel)
  const spec = smallSpec({ maps: [{ name: 'map', ...map }], programs: [{}], data: {} })
  loadObject(spec, { kernel: recording.kernel }).close()
  return recording.calls.filter(({ command }) => command === 'BPF_MAP_CREATE').map((call) => call.arguments)
}

describe('a map that is created', () => {
  it('is asked for once more without types where the kernel refuses it with them', () => {
    const kernel = new BpfKernel()
    const create: Answer = (attr) =>
      u32(attr, BTF_FD) === 0 ? kernel.usually('BPF_MAP_CREATE', attr) : fail('bpf', 'BPF_MAP_CREATE', 22)
    kernel.answers.BPF_MAP_CREATE = create
    const types = { key: 'u32', value: 'u64' }
    const [typed, untyped, ...others] = load({ uints: { type: 1, max_entries: 1 }, types }, kernel)
    expect(typed).toHaveProperty('btf_value_type_id')
    expect(untyped).not.toHaveProperty('btf_fd')
    expect(untyped).not.toHaveProperty('btf_value_type_id')
    expect(untyped).toMatchObject({ map_type: 1, key_size: 4, value_size: 8 })
    expect(others).toEqual([])
  })

  it.each(['ready', 'never'] as const)(
    'is asked for again after a program, where it is of struct_ops and the kernel may not have read its types: %s',
    (outcome) => {
      const kernel = new BpfKernel()
      let programs = 0
      kernel.answers.BPF_PROG_LOAD = (attr) => {
        programs++
        return kernel.usually('BPF_PROG_LOAD', attr)
      }
      kernel.answers.BPF_MAP_CREATE = (attr) =>
        outcome === 'ready' && programs > 0
          ? kernel.usually('BPF_MAP_CREATE', attr)
          : fail('bpf', 'BPF_MAP_CREATE', 524)
      const request = {
        shape: STRUCT_OPS,
        kernelName: 'ops',
        btf: undefined,
        inner: undefined,
        kernelValue: { type: typeId(7), module: undefined },
        dispensableFlags: 0,
      }
      if (outcome === 'ready') requestMap(kernel, request).close()
      else expect(() => requestMap(kernel, request)).toThrow('ENOTSUPP')
      expect(programs).toBe(1)
      expect(kernel.descriptors.size).toBe(0)
    },
  )

  it('is asked for once where it has no types, or memory is short', () => {
    for (const [types, errno] of [
      [{}, 22],
      [{ key: 'u32' }, 12],
    ] as const) {
      const kernel = new BpfKernel()
      let asked = 0
      kernel.answers.BPF_MAP_CREATE = () => {
        asked++
        return fail('bpf', 'BPF_MAP_CREATE', errno)
      }
      bpfErrorOf('LOAD_MAP_REFUSED', () => load({ uints: { type: 1, max_entries: 1 }, types }, kernel))
      expect(asked).toBe(1)
    }
  })

  it.each([
    'BPF_MAP_TYPE_PERF_EVENT_ARRAY',
    'BPF_MAP_TYPE_STACK_TRACE',
    'BPF_MAP_TYPE_SOCKHASH',
    'BPF_MAP_TYPE_QUEUE',
    'BPF_MAP_TYPE_RINGBUF',
  ] as const)('of type %s is asked for without types at once', (name) => {
    const types = { value: 'u32' }
    const [request, ...others] = load({ uints: { type: bpf_map_type[name], max_entries: 4096 }, types })
    expect(request).not.toHaveProperty('btf_fd')
    expect(others).toEqual([])
  })

  it('is on a numa node only where its flags say so', () => {
    const create = (map_flags: number): number => {
      const kernel = new BpfKernel()
      const nodes: number[] = []
      kernel.answers.BPF_MAP_CREATE = (attr) => {
        nodes.push(u32(attr, NUMA_NODE))
        return kernel.usually('BPF_MAP_CREATE', attr)
      }
      load({ uints: { type: 1, max_entries: 1, numa_node: 3, map_flags } }, kernel)
      return nodes[0]!
    }
    expect([create(0), create(4)]).toEqual([0, 3])
  })

  it('has map_extra, of 64 bits', () => {
    const map_extra = 0xffff_8000_0000_0000n
    const [request] = load({ uints: { type: 33, max_entries: 1 }, ulongs: { map_extra } })
    expect(request).toMatchObject({ map_extra })
  })

  it('of maps is told what they are like by a map that is closed again', () => {
    const kernel = new BpfKernel()
    const values = { uints: { type: 1, max_entries: 4 }, types: { key: 'u32', value: 'u64' } }
    const [inner, outer] = load({ uints: { type: 12, max_entries: 2, key_size: 4 }, values }, kernel)
    expect(inner).toMatchObject({ map_type: 1, max_entries: 4, value_size: 8, map_name: 'map.inner' })
    expect(outer).toMatchObject({ map_type: 12, value_size: 4, map_name: 'map' })
    expect(outer!['inner_map_fd']).toBeGreaterThan(0)
    expect(kernel.descriptors.size).toBe(0)
  })
})

describe('a map that the real kernel creates', () => {
  const { BPF_MAP_TYPE_PERF_EVENT_ARRAY, BPF_MAP_TYPE_CPUMAP, BPF_MAP_TYPE_RINGBUF } = bpf_map_type
  const created = (map: Omit<MapDescription, 'name'>) => {
    const kernel = openKernel()
    using object = loadObject(smallSpec({ maps: [{ name: 'map', ...map }], programs: [{}] }), { kernel })
    return infoByFd(kernel, object.maps.get('map')!.fd, BPF_MAP_INFO)
  }

  for (const type of [BPF_MAP_TYPE_PERF_EVENT_ARRAY, BPF_MAP_TYPE_CPUMAP]) {
    bpfTest(`of type ${type} without a size has an entry for every cpu`, () => {
      const map = created({ uints: { type, key_size: 4, value_size: 4 } })
      expect(map.max_entries).toBe(countPossibleCpus(openKernel()))
    })
  }

  bpfTest('of an odd size is a ring buffer of the next one', () => {
    const map = created({
      uints: { type: BPF_MAP_TYPE_RINGBUF, max_entries: 5000 },
      types: { value: 'record' },
    })
    expect(map).toMatchObject({ max_entries: 8192, value_size: 0 })
  })
})
