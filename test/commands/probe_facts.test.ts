import { describe, expect, it } from 'vitest'
import { RunningProbeFacts } from '../../src/commands/probe_facts.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'
import { smallKernel } from '../probes/probed_kernel.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'

const FILES = {
  '/sys/kernel/tracing/available_events': 'sched:sched_switch\n',
  '/sys/kernel/tracing/available_filter_functions': 'vfs_read\n',
  '/sys/kernel/tracing/events/sched/sched_switch/format': 'name: sched_switch\n',
  '/sys/bus/event_source/devices/kprobe/type': '6\n',
  '/proc/kallsyms': 'ffffffff81000000 T vfs_read\n',
}

describe('RunningProbeFacts', () => {
  it('asks a kernel that is opened once, and leaves nothing open', () => {
    let opened = 0
    const recording = recordingKernel(new FakeKernel({ files: FILES }))
    const open = (): typeof recording.kernel => {
      opened++
      return recording.kernel
    }
    {
      using facts = new RunningProbeFacts(open, () => ({ vmlinux: smallKernel, modules: [] }))
      expect(facts.types().vmlinux).toBe(smallKernel)
      expect(opened).toBe(0)
      expect(facts.tracepoints()).toEqual(['sched:sched_switch'])
      expect(facts.tracepointFormat('sched', 'sched_switch')).toBe('name: sched_switch\n')
      expect(facts.traceable()).toBe(facts.traceable())
      expect([...facts.functions()]).toEqual(['vfs_read'])
      facts.requireKprobes()
      expect(facts.perfEvents()).toContain('software/cpu_clock')
    }
    expect(opened).toBe(1)
    expect(recording.openDescriptors().size).toBe(0)
  })

  it('asks once for what it is refused', () => {
    const recording = recordingKernel(new FakeKernel())
    using facts = new RunningProbeFacts(() => recording.kernel)
    const error = bpfErrorOf('NO_TRACEFS', () => facts.traceable())
    const calls = recording.calls.length
    expect(bpfErrorOf('NO_TRACEFS', () => facts.traceable())).toBe(error)
    expect(recording.calls).toHaveLength(calls)
    bpfErrorOf('NO_PROBE_EVENTS', () => {
      facts.requireKprobes()
    })
    bpfErrorOf('NO_KALLSYMS', () => facts.functions())
  })
})
