import { describe, expect, it } from 'vitest'
import { hasExpectedAttachTypes } from '../../../src/kernel/probes/attach_types.ts'
import { readsContextTags } from '../../../src/kernel/probes/context_tags.ts'
import { hasFullRangeOffsets } from '../../../src/kernel/probes/full_range_offsets.ts'
import { hasMemcgAccounting } from '../../../src/kernel/probes/memcg_accounting.ts'
import { hasMmapableArrays } from '../../../src/kernel/probes/map_features.ts'
import { hasPerfLink } from '../../../src/kernel/probes/perf_link.ts'
import { hasUprobeMulti } from '../../../src/kernel/probes/uprobe_multi.ts'
import { openKernel } from '../../../src/kernel/linux.ts'
import { observedKernel } from '../../../src/kernel/steps.ts'
import { failingKernel } from '../failing_kernel.ts'
import { FakeKernel } from '../fake_kernel.ts'
import { recordingKernel } from '../recording_kernel.ts'
import { bpfTest } from '../require.ts'

const PROBES = {
  hasMmapableArrays: [hasMmapableArrays, 'BPF_MAP_CREATE'],
  hasMemcgAccounting: [hasMemcgAccounting, 'BPF_PROG_LOAD'],
  hasExpectedAttachTypes: [hasExpectedAttachTypes, 'BPF_PROG_LOAD'],
  hasPerfLink: [hasPerfLink, 'BPF_LINK_CREATE'],
  hasUprobeMulti: [hasUprobeMulti, 'BPF_PROG_LOAD'],
  readsContextTags: [readsContextTags, 'BPF_PROG_LOAD'],
  hasFullRangeOffsets: [hasFullRangeOffsets, 'BPF_PROG_LOAD'],
} as const
const each = it.each(Object.entries(PROBES).map(([name, [probe, command]]) => ({ name, probe, command })))

describe('a probe', () => {
  each('$name says that the feature is not there when the kernel does not know it', ({ probe, command }) => {
    const fake = new FakeKernel()
    expect(probe(failingKernel(fake, { command, errno: 22 }))).toEqual({ kind: 'not there' })
    expect(fake.descriptors.size).toBe(0)
  })

  each('$name says so when it could not ask', ({ probe, command }) => {
    const fake = new FakeKernel()
    const outcome = probe(failingKernel(fake, { command, errno: 1 }))
    expect(outcome).toMatchObject({ kind: 'could not be asked', why: { code: 'EPERM' } })
    expect(fake.descriptors.size).toBe(0)
  })

  it('asks again where it could not ask the first time', () => {
    const kernel = failingKernel(new FakeKernel(), { nth: 1, command: 'BPF_MAP_CREATE', errno: 24 })
    expect(hasMmapableArrays(kernel)).toMatchObject({ kind: 'could not be asked', why: { code: 'EMFILE' } })
    expect(hasMmapableArrays(kernel)).toEqual({ kind: 'there' })
  })

  it('asks once per kernel, also through another wrapper of it', () => {
    const recording = recordingKernel(new FakeKernel())
    expect(hasMmapableArrays(recording.kernel)).toEqual({ kind: 'there' })
    expect(hasMmapableArrays(observedKernel(recording.kernel, () => undefined))).toEqual({ kind: 'there' })
    expect(recording.names()).toEqual(['BPF_MAP_CREATE', 'close'])
  })

  it('takes EBADF of a perf link for the feature being there', () => {
    expect(hasPerfLink(failingKernel(new FakeKernel(), { command: 'BPF_LINK_CREATE', errno: 9 }))).toEqual({
      kind: 'there',
    })
  })

  bpfTest('gets an answer from the real kernel and leaves nothing behind', () => {
    const recording = recordingKernel(failingKernel(openKernel(), { method: 'poll', errno: 1 }))
    const unanswered = Object.entries(PROBES).flatMap(([name, [probe]]) => {
      const outcome = probe(recording.kernel)
      return outcome.kind === 'could not be asked' ? [`${name}: ${outcome.why.message}`] : []
    })
    expect(unanswered).toEqual([])
    expect(recording.calls.length).toBeGreaterThan(8)
    expect(recording.openDescriptors().size).toBe(0)
  })
})
