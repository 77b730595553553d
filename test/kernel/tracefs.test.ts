import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import type { PermissionFacts } from '../../src/kernel/permission_facts.ts'
import {
  readTracefsFile,
  readTracepointId,
  TracepointFormats,
  tracepointNames,
  tracepoints,
  tracefsAdvice,
} from '../../src/kernel/tracefs.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from './failing_kernel.ts'
import { FakeKernel } from './fake_kernel.ts'
import { permissionFacts } from './permission_facts.ts'
import { recordingKernel } from './recording_kernel.ts'
import { tracepointTest } from './require.ts'

const MOUNTED = { '/sys/kernel/tracing/events/sched/sched_switch/id': '312\n' }
const DETACHED = { 'tracefs:/events/sched/sched_switch/id': '313\n' }
const IN_DEBUGFS = { '/sys/kernel/debug/tracing/events/sched/sched_switch/id': '314\n' }
const ENOSYS = 38
const EPERM = 1
const EACCES = 13

const errorOf = (kernel: Kernel, category = 'sched', name = 'sched_switch'): BpfError => {
  try {
    readTracepointId(kernel, category, name)
  } catch (error) {
    if (error instanceof BpfError) return error
  }
  throw new Error('it should have thrown a BpfError')
}

describe('readTracepointId', () => {
  it('reads from the mount point where tracefs is mounted', () => {
    const recording = recordingKernel(new FakeKernel({ files: { ...MOUNTED, ...DETACHED } }))
    expect(readTracepointId(recording.kernel, 'sched', 'sched_switch')).toBe(312)
    expect(recording.names()).not.toContain('fsopen')
    expect(recording.openDescriptors().size).toBe(0)
  })

  it('reads from a detached mount where it is not, and closes all of it', () => {
    const recording = recordingKernel(new FakeKernel({ files: { ...DETACHED, ...IN_DEBUGFS } }))
    expect(readTracepointId(recording.kernel, 'sched', 'sched_switch')).toBe(313)
    expect(recording.names()).toContain('FSCONFIG_CMD_CREATE')
    expect(recording.openDescriptors().size).toBe(0)
  })

  it.each([
    ['fsopen', ENOSYS],
    ['fsconfigCreate', EPERM],
    ['fsmount', EPERM],
  ] as const)('falls back to debugfs where %s fails', (method, errno) => {
    const fake = new FakeKernel({ files: { ...DETACHED, ...IN_DEBUGFS } })
    const recording = recordingKernel(failingKernel(fake, { method, errno }))
    expect(readTracepointId(recording.kernel, 'sched', 'sched_switch')).toBe(314)
    expect(recording.openDescriptors().size).toBe(0)
    expect(fake.descriptors.size).toBe(0)
  })

  it('says what it tried and why each of it failed', () => {
    const error = errorOf(failingKernel(new FakeKernel(), { method: 'fsopen', errno: ENOSYS }))
    expect(error.code).toBe('NO_TRACEFS')
    expect(error.message).toContain(
      '/sys/kernel/tracing: openat() on /sys/kernel/tracing/events failed with ENOENT',
    )
    expect(error.message).toContain('a detached mount (fsopen): fsopen() failed with ENOSYS')
    expect(error.message).toContain('/sys/kernel/debug/tracing: openat()')
  })

  it('tells a refusal from a kernel without tracefs', () => {
    const refused = errorOf(failingKernel(new FakeKernel(), { method: 'fsopen', errno: EPERM }))
    expect(refused.code).toBe('NOT_PERMITTED')
    expect(refused.message).toContain('fsopen() failed with EPERM')
    expect(refused.message).not.toContain('ENOENT')
    const unreadable = failingKernel(new FakeKernel({ files: MOUNTED }), { method: 'openat', errno: EACCES })
    expect(errorOf(unreadable).code).toBe('NOT_PERMITTED')
  })

  it.each([
    ['sched', 'no_such_event'],
    ['..', 'sched_switch'],
    ['sched', '../sched/sched_switch'],
    ['', ''],
  ])('knows no tracepoint %j/%j', (category, name) => {
    const fake = new FakeKernel({ files: MOUNTED })
    expect(errorOf(fake, category, name).code).toBe('NO_SUCH_TRACEPOINT')
    expect(fake.descriptors.size).toBe(0)
  })

  it('refuses an id that is no number', () => {
    const fake = new FakeKernel({ files: { '/sys/kernel/tracing/events/sched/sched_switch/id': 'soon\n' } })
    expect(errorOf(fake).code).toBe('UNEXPECTED_CONTENT')
    expect(fake.descriptors.size).toBe(0)
  })

  tracepointTest('reads the same number from the real kernel twice and leaks nothing', () => {
    const recording = recordingKernel(openKernel())
    const id = readTracepointId(recording.kernel, 'sched', 'sched_process_exec')
    expect(id).toBeGreaterThan(0)
    expect(readTracepointId(recording.kernel, 'sched', 'sched_process_exec')).toBe(id)
    expect(errorOf(recording.kernel, 'sched', 'no_such_event').code).toBe('NO_SUCH_TRACEPOINT')
    expect(recording.openDescriptors().size).toBe(0)
  })
})

describe('tracepointNames', () => {
  it('reads them from wherever tracefs is', () => {
    const recording = recordingKernel(
      new FakeKernel({ files: { 'tracefs:/available_events': 'sched:sched_switch\nxdp:xdp_exception\n' } }),
    )
    expect(tracepointNames(recording.kernel)).toEqual(['sched_switch', 'xdp_exception'])
    expect(recording.openDescriptors().size).toBe(0)
  })

  tracepointTest('knows those of the real kernel', () => {
    expect(tracepointNames(openKernel())).toContain('sched_process_exec')
  })
})

describe('readTracefsFile', () => {
  it('says what it tried where there is no such file', () => {
    const attempt = (): string => readTracefsFile(new FakeKernel(), 'available_events')
    expect(attempt).toThrow(/the file available_events is in tracefs/)
  })
})

describe('tracepoints', () => {
  it('has their categories', () => {
    const fake = new FakeKernel({ files: { 'tracefs:/available_events': 'sched:sched_switch\n' } })
    expect(tracepoints(fake)).toEqual(['sched:sched_switch'])
  })
})

describe('TracepointFormats', () => {
  const FORMAT = { 'tracefs:/events/sched/sched_switch/format': 'name: sched_switch\n' }

  it('reads many from a tracefs that is mounted once', () => {
    const recording = recordingKernel(new FakeKernel({ files: FORMAT }))
    const formats = new TracepointFormats(recording.kernel)
    for (let times = 0; times < 3; times++) {
      expect(formats.read('sched', 'sched_switch')).toBe('name: sched_switch\n')
    }
    bpfErrorOf('NO_SUCH_TRACEPOINT', () => formats.read('..', 'sched_switch'))
    bpfErrorOf('NO_SUCH_TRACEPOINT', () => formats.read('sched', 'gone'))
    formats.close()
    formats.close()
    expect(recording.names().filter((name) => name === 'fsmount')).toHaveLength(1)
    expect(recording.openDescriptors().size).toBe(0)
  })

  it('says that there is no tracefs', () => {
    bpfErrorOf('NO_TRACEFS', () => new TracepointFormats(new FakeKernel()))
  })
})

describe('tracefsAdvice', () => {
  const refused = { syscall: 'openat', errnoName: 'EPERM' }

  it('names the capability to who lacks it', () => {
    expect(tracefsAdvice(refused, permissionFacts([]))).toEqual({
      missing: ['CAP_SYS_ADMIN'],
      advice: 'run it as root, or give it CAP_SYS_ADMIN',
    })
  })

  it('does not tell root to be root', () => {
    const facts = (others: Partial<PermissionFacts>): PermissionFacts =>
      permissionFacts(['CAP_SYS_ADMIN'], others)
    expect(tracefsAdvice(refused, facts({ securityModules: ['apparmor'] }))).toEqual({
      missing: [],
      advice:
        "a security module (apparmor) may forbid it; look for a denial in the kernel's log and the audit log",
    })
    expect(tracefsAdvice(refused, facts({ lockdown: 'confidentiality' })).advice).toContain('locked down')
  })
})
