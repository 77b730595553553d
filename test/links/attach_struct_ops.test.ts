import { describe, expect, it } from 'vitest'
import { bpf_attach_type, bpf_map_create_flags } from '../../src/abi/generated/bpf.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { attachStructOps, type StructOpsMap } from '../../src/links/attach_struct_ops.ts'
import type { LinkStep } from '../../src/links/steps.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { BpfKernel } from '../loader/bpf_kernel.ts'

const mapOf = (kernel: BpfKernel, flags = 0): StructOpsMap => ({
  name: 'demo',
  fd: kernel.allocate('map'),
  flags,
  value: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
})
const { BPF_F_LINK } = bpf_map_create_flags

function fake(): BpfKernel {
  const kernel = new BpfKernel()
  kernel.answers.BPF_MAP_DELETE_ELEM = () => 0
  return kernel
}

describe('attachStructOps', () => {
  it('links a map of a .link section', () => {
    const kernel = fake()
    const map = mapOf(kernel, BPF_F_LINK)
    const recording = recordingKernel(kernel)
    const steps: LinkStep[] = []
    const link = attachStructOps(recording.kernel, map, (step) => steps.push(step))
    expect(recording.names()).toEqual(['BPF_MAP_UPDATE_ELEM', 'BPF_LINK_CREATE'])
    expect(recording.calls[1]!.arguments).toEqual({
      map_fd: map.fd,
      attach_type: bpf_attach_type.BPF_STRUCT_OPS,
    })
    expect([...kernel.values.get(map.fd)!]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(steps).toEqual([
      { kind: 'link-made', program: 'demo', target: 'struct_ops demo', how: 'bpf-link' },
    ])
    link.close()
    expect(kernel.descriptors.size).toBe(1)
  })

  it('registers any other map by its value, and takes the value away at the end, once', async () => {
    const kernel = fake()
    const recording = recordingKernel(kernel)
    const link = attachStructOps(recording.kernel, mapOf(kernel))
    expect(link.detached).toBe(false)
    await link.closeAsync()
    link.close()
    expect(link.detached).toBe(true)
    expect(recording.names()).toEqual(['BPF_MAP_UPDATE_ELEM', 'BPF_MAP_DELETE_ELEM'])
  })

  it('links a map again that has its value from before', () => {
    const kernel = fake()
    const busy = failingKernel(kernel, { command: 'BPF_MAP_UPDATE_ELEM', errno: 16 })
    attachStructOps(busy, mapOf(kernel, BPF_F_LINK)).close()
    bpfErrorOf('ATTACH_FAILED', () => attachStructOps(busy, mapOf(kernel)))
  })

  it('says why it could not, and leaves nothing behind', () => {
    const messageOf = (errno: number, command: 'BPF_MAP_UPDATE_ELEM' | 'BPF_LINK_CREATE'): string => {
      const kernel = fake()
      const map = mapOf(kernel, BPF_F_LINK)
      const failing: Kernel = failingKernel(kernel, { command, errno })
      const error = bpfErrorOf('ATTACH_FAILED', () => attachStructOps(failing, map))
      expect(error).toMatchObject({ map: 'demo', program: 'demo' })
      expect(kernel.descriptors.size).toBe(1)
      return error.message
    }
    expect(messageOf(17, 'BPF_LINK_CREATE')).toContain('cannot register struct_ops map demo')
    expect(messageOf(17, 'BPF_MAP_UPDATE_ELEM')).toContain('EEXIST')
    expect(messageOf(1, 'BPF_LINK_CREATE')).toContain('BPF_LINK_CREATE')
  })
})
