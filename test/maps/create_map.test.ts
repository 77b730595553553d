import { describe, expect, it } from 'vitest'
import type { EncodedAttr } from '../../src/abi/encoded_attr.ts'
import { createMap } from '../../src/maps/create_map.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { BpfKernel, MAP_NAME, nameIn, refuse, u32 } from '../loader/bpf_kernel.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

const CPUS = { '/sys/devices/system/cpu/possible': '0-5\n' }
const [EPERM, EINVAL] = [1, 22]

/** What BPF_MAP_CREATE was told. */
function requests(kernel: BpfKernel): EncodedAttr[] {
  const attrs: EncodedAttr[] = []
  kernel.answers.BPF_MAP_CREATE = (attr) => {
    attrs.push(attr)
    return undefined
  }
  return attrs
}

describe('creating a map', () => {
  it('tells the kernel what it is told', () => {
    const kernel = new BpfKernel()
    const attrs = requests(kernel)
    using map = createMap({
      type: 'hash',
      name: 'a name that is long',
      keySize: 4,
      valueSize: 8,
      maxEntries: 7,
      flags: 1,
      numaNode: 1,
      kernel,
    })
    const [attr] = attrs
    expect([0, 4, 8, 12, 16, 24].map((offset) => u32(attr!, offset))).toEqual([1, 4, 8, 7, 5, 1])
    expect(nameIn(attr!, MAP_NAME)).toBe('a_name_that_is_')
    expect(map.name).toBe('a name that is long')
  })

  it.each([
    ['array', 4, 8, 16, 0],
    ['prog_array', 4, 4, 16, 0],
    ['perf_event_array', 4, 4, 6, 0],
    ['cpumap', 4, 8, 6, 0],
    ['sockmap', 4, 8, 16, 0],
    ['queue', 0, 8, 16, 0],
    ['ringbuf', 0, 0, 16, 0],
    ['stack_trace', 4, 1016, 16, 0],
    ['arena', 0, 0, 16, 1024],
  ] as const)('knows the sizes of a %s', (type, ...expected) => {
    const kernel = new BpfKernel(CPUS)
    const attrs = requests(kernel)
    const sized = type === 'array' || type === 'queue' ? { valueSize: 8 } : {}
    const counted = type === 'perf_event_array' || type === 'cpumap' ? {} : { maxEntries: 16 }
    createMap({ type, ...sized, ...counted, kernel }).close()
    expect([4, 8, 12, 16].map((offset) => u32(attrs[0]!, offset))).toEqual(expected)
  })

  it('gives storage the types that the kernel asks for, and keeps no descriptor of them', () => {
    const recording = recordingKernel(new BpfKernel())
    createMap({ type: 'task_storage', valueSize: 8, kernel: recording.kernel }).close()
    expect(recording.names()).toEqual(['BPF_BTF_LOAD', 'BPF_MAP_CREATE', 'close', 'close'])
    expect(recording.openDescriptors().size).toBe(0)
  })

  it('shows what was asked, and what the kind asks for, where it is refused', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_MAP_CREATE = refuse('BPF_MAP_CREATE', EINVAL)
    const { message } = bpfErrorOf('MAP_REFUSED', () => createMap({ type: 'ringbuf', maxEntries: 5, kernel }))
    expect(message).toContain(
      'cannot create map ringbuf of kind ringbuf (key_size 0, value_size 0, max_entries 5): bpf(BPF_MAP_CREATE) failed with EINVAL',
    )
    expect(message).toContain('a power of 2 and a multiple of the page size')
    expect(bpfErrorOf('MAP_REFUSED', () => createMap({ type: 'hash', kernel })).message).toContain(
      'sizes and count are to be more than 0',
    )
  })

  it('says what right is missing', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_MAP_CREATE = refuse('BPF_MAP_CREATE', EPERM)
    bpfErrorOf('NOT_PERMITTED', () => createMap({ type: 'array', valueSize: 8, maxEntries: 1, kernel }))
    expect(kernel.descriptors.size).toBe(0)
  })

  it('takes no sizes that are none', () => {
    bpfErrorOf('ABI_VALUE_OUT_OF_RANGE', () =>
      createMap({ type: 'hash', keySize: -1, valueSize: 8, maxEntries: 1, kernel: new BpfKernel() }),
    )
  })
})
