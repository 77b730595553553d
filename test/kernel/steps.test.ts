import { describe, expect, it } from 'vitest'
import { LINK_CREATE_PERF_EVENT } from '../../src/abi/bpf_attr.ts'
import { bpf_attach_type } from '../../src/abi/generated/bpf.ts'
import { fdNumber } from '../../src/base/units.ts'
import { createLink, createMap, lookupElement } from '../../src/kernel/bpf_calls.ts'
import { openPerfEvent } from '../../src/kernel/perf_calls.ts'
import { identityOf } from '../../src/kernel/identity.ts'
import { observedKernel, type KernelStep } from '../../src/kernel/steps.ts'
import { failingKernel } from './failing_kernel.ts'
import { FakeKernel } from './fake_kernel.ts'

const MAP = { map_type: 1, key_size: 4, value_size: 8, max_entries: 4 } as const

function observed(kernel = new FakeKernel()): {
  kernel: ReturnType<typeof observedKernel>
  steps: KernelStep[]
} {
  const steps: KernelStep[] = []
  return { steps, kernel: observedKernel(kernel, (step) => steps.push(step)) }
}

describe('observedKernel', () => {
  it('is the kernel itself when nobody listens', () => {
    const kernel = new FakeKernel()
    expect(observedKernel(kernel, undefined)).toBe(kernel)
  })

  it('answers for the kernel that it wraps', () => {
    const kernel = new FakeKernel()
    expect(identityOf(observedKernel(observed(kernel).kernel, () => undefined))).toBe(kernel)
  })

  it('reports a command with the fields that are not zero and the size that the kernel was told', () => {
    const { kernel, steps } = observed()
    createMap(kernel, { ...MAP, map_name: 'm' })
    expect(steps).toEqual([
      {
        kind: 'syscall',
        syscall: 'bpf',
        command: 'BPF_MAP_CREATE',
        arguments: { ...MAP, map_name: 'm' },
        attrSize: 44,
        attr: expect.objectContaining({ length: 44 }) as Uint8Array,
        outcome: { kind: 'returned', value: 100 },
      },
    ])
  })

  it('reports the structure as it was given, without the addresses of buffers', () => {
    const { kernel, steps } = observed()
    lookupElement(kernel, fdNumber(3), new Uint8Array(4), new Uint8Array(8))
    expect(steps[0]?.attr).toEqual(Uint8Array.of(3, ...new Uint8Array(23)))
  })

  it('reports buffers by their length', () => {
    const { kernel, steps } = observed()
    lookupElement(kernel, fdNumber(3), new Uint8Array(4), new Uint8Array(8))
    expect(steps[0]?.arguments).toEqual({
      map_fd: 3,
      key: { kind: 'buffer', length: 4 },
      value: { kind: 'buffer', length: 8 },
    })
  })

  it('reads the fields of a link by its attach type', () => {
    const { kernel, steps } = observed()
    const link = {
      prog_fd: 5,
      target_fd: 6,
      attach_type: bpf_attach_type.BPF_PERF_EVENT,
      'perf_event.bpf_cookie': 9,
    }
    createLink(kernel, LINK_CREATE_PERF_EVENT, link)
    expect(steps[0]?.arguments).toEqual({ ...link, 'perf_event.bpf_cookie': 9n })
  })

  it('reports perf_event_open with its attr and its arguments', () => {
    const { kernel, steps } = observed()
    openPerfEvent(kernel, { type: 2, config: 365 }, { pid: -1, cpu: 0 })
    expect(steps[0]).toMatchObject({
      syscall: 'perf_event_open',
      attrSize: 64,
      arguments: { type: 2, size: 64, config: 365n, pid: -1, cpu: 0, group_fd: -1, flags: 0 },
    })
  })

  it('reports a failure and passes the error on', () => {
    const steps: KernelStep[] = []
    const failing = failingKernel(new FakeKernel(), { command: 'BPF_MAP_CREATE', errno: 1 })
    const kernel = observedKernel(failing, (step) => steps.push(step))
    expect(() => createMap(kernel, MAP)).toThrow('EPERM')
    expect(steps.map(({ outcome }) => outcome)).toEqual([{ kind: 'failed', errno: 1, errnoName: 'EPERM' }])
  })

  it('reports an asynchronous close when it is done', async () => {
    const fake = new FakeKernel()
    const { kernel, steps } = observed(fake)
    const closing = kernel.closeAsync(fake.allocate('link'))
    expect(steps).toEqual([])
    await closing
    expect(steps).toMatchObject([{ syscall: 'close', arguments: { fd: 100 } }])
    await expect(kernel.closeAsync(fdNumber(100))).rejects.toThrow('EBADF')
    expect(steps[1]?.outcome).toMatchObject({ kind: 'failed', errnoName: 'EBADF' })
  })
})
