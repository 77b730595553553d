import { describe, expect, it } from 'vitest'
import {
  openProbeEvent,
  type ProbeEvent,
  requireProbeEvents,
  uprobeRefusal,
} from '../../src/kernel/probe_events.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from './failing_kernel.ts'
import { FakeKernel } from './fake_kernel.ts'
import { permissionFacts } from './permission_facts.ts'
import { recordingKernel } from './recording_kernel.ts'

const DEVICES = '/sys/bus/event_source/devices'
const files = {
  [`${DEVICES}/kprobe/type`]: '6\n',
  [`${DEVICES}/kprobe/format/retprobe`]: 'config:0\n',
  [`${DEVICES}/uprobe/type`]: '8\n',
  [`${DEVICES}/uprobe/format/retprobe`]: 'config:0\n',
  [`${DEVICES}/uprobe/format/ref_ctr_offset`]: 'config:32-63\n',
}

const ADD: ProbeEvent = { kind: 'uprobe', place: '/bin/app', offset: 0x1234, at: 'entry' }

/** What perf_event_open(2) is asked for. */
function asked(probe: ProbeEvent): Readonly<Record<string, unknown>> | undefined {
  const fake = new FakeKernel({ files })
  const recording = recordingKernel(fake)
  openProbeEvent(recording.kernel, probe).close()
  expect(fake.descriptors.size).toBe(0)
  return recording.calls.find(({ syscall }) => syscall === 'perf_event_open')?.arguments
}

describe('openProbeEvent', () => {
  it('asks for an event of the type that sysfs says, for every process', () => {
    expect(asked(ADD)).toMatchObject({
      type: 8,
      uprobe_path: { kind: 'buffer', length: '/bin/app'.length + 1 },
      config2: 0x1234n,
      pid: -1,
      cpu: 0,
    })
  })

  it('asks for one of a process, on whichever cpu', () => {
    expect(asked({ ...ADD, pid: 42 })).toMatchObject({ pid: 42, cpu: -1 })
  })

  it('sets the bits of config that sysfs says', () => {
    expect(asked({ ...ADD, at: 'return' })).toMatchObject({ config: 1n })
    expect(asked({ ...ADD, referenceCounter: 0x2010 })).toMatchObject({ config: 0x2010n << 32n })
    const both = asked({ ...ADD, at: 'return', referenceCounter: 0xffff_fffe })
    expect(both).toMatchObject({ config: (0xffff_fffen << 32n) | 1n })
  })

  it('asks for kprobes in the same way', () => {
    const probe = { kind: 'kprobe', place: 'do_exit', offset: 4, at: 'return' } as const
    expect(asked(probe)).toMatchObject({
      type: 6,
      config: 1n,
      kprobe_func: { kind: 'buffer', length: 8 },
      config2: 4n,
    })
  })

  it('says that the kernel has no such events, or no reference counters', () => {
    const error = bpfErrorOf('NO_PROBE_EVENTS', () => openProbeEvent(new FakeKernel(), ADD))
    expect(error.message).toMatch(
      /^this kernel has no uprobe events \(there is no \/sys\/bus\/event_source\/devices\/uprobe\/type\): they need CONFIG_UPROBE_EVENTS/,
    )
    const old = { [`${DEVICES}/uprobe/type`]: '8\n' }
    const counted = { ...ADD, referenceCounter: 2 }
    expect(
      bpfErrorOf('NO_PROBE_EVENTS', () => openProbeEvent(new FakeKernel({ files: old }), counted)).message,
    ).toMatch(/no ref_ctr_offset of uprobe events/)
  })

  it('says that sysfs has something else there', () => {
    const strange = { ...files, [`${DEVICES}/uprobe/format/retprobe`]: 'event:7\n' }
    const kernel = new FakeKernel({ files: strange })
    const error = bpfErrorOf('UNEXPECTED_CONTENT', () => openProbeEvent(kernel, { ...ADD, at: 'return' }))
    expect(error.message).toMatch(/reads "event:7"$/)
    expect(kernel.descriptors.size).toBe(0)
  })

  it.each(['open', 'read', 'perfEventOpen'] as const)('leaves nothing open where %s fails', (method) => {
    const fake = new FakeKernel({ files })
    expect(() => openProbeEvent(failingKernel(fake, { method, errno: 12 }), ADD)).toThrow(
      expect.objectContaining({ code: 'ENOMEM' }),
    )
    expect(fake.descriptors.size).toBe(0)
  })
})

describe('uprobeRefusal', () => {
  const EACCES = 13
  const refusal = new SyscallError({ syscall: 'perf_event_open', errno: EACCES })

  it('asks for CAP_SYS_ADMIN where CAP_PERFMON was not enough', () => {
    expect(uprobeRefusal(refusal, permissionFacts(['CAP_BPF', 'CAP_PERFMON']))?.message).toBe(
      'perf_event_open is not permitted (EACCES): this process lacks CAP_SYS_ADMIN; run it as root, or give it CAP_SYS_ADMIN',
    )
  })

  it('asks for CAP_PERFMON, which may do, where that is missing', () => {
    expect(uprobeRefusal(refusal, permissionFacts(['CAP_BPF']))?.missing).toEqual(['CAP_PERFMON'])
  })

  it('knows of nothing that is missing to somebody who has all, and of no other error', () => {
    expect(uprobeRefusal(refusal, permissionFacts(['CAP_SYS_ADMIN']))).toBeUndefined()
    const other = new SyscallError({ syscall: 'perf_event_open', errno: 22 })
    expect(uprobeRefusal(other, permissionFacts([]))).toBeUndefined()
  })
})

describe('requireProbeEvents', () => {
  it('knows whether the kernel has them, and leaves nothing open', () => {
    const fake = new FakeKernel({ files })
    requireProbeEvents(fake, 'kprobe')
    expect(fake.descriptors.size).toBe(0)
    bpfErrorOf('NO_PROBE_EVENTS', () => {
      requireProbeEvents(new FakeKernel(), 'kprobe')
    })
  })
})
