import { describe, expect, it } from 'vitest'
import { loadObject } from '../../src/loader/load_object.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { BpfKernel, fail, u32 } from './bpf_kernel.ts'
import { smallSpec } from './small_object.ts'

const EBADF = 9
const EINVAL = 22
const BPF_TRACE_UPROBE_MULTI = 48
const PID = 56

/** What a program of `section` is loaded with, by a kernel that has links to many places or not. */
function attachTypeOf(section: string, links: 'many places' | 'one place'): unknown {
  const kernel = new BpfKernel()
  kernel.answers.BPF_LINK_CREATE = (attr) =>
    fail('bpf', 'BPF_LINK_CREATE', links === 'many places' && u32(attr, PID) === 0 ? EBADF : EINVAL)
  const recording = recordingKernel(kernel)
  using object = loadObject(smallSpec({ programs: [{ name: 'main', section }] }), {
    kernel: recording.kernel,
  })
  expect(object.programs.size).toBe(1)
  const load = recording.calls.find((call) => call.arguments['prog_name'] === 'main')
  return load?.arguments['expected_attach_type'] ?? 0
}

describe('expected_attach_type', () => {
  it.each([
    { section: 'usdt/a:b:c', links: 'many places', expected: BPF_TRACE_UPROBE_MULTI },
    { section: 'usdt.s', links: 'many places', expected: BPF_TRACE_UPROBE_MULTI },
    { section: 'usdt/a:b:c', links: 'one place', expected: 0 },
    { section: 'uprobe/a:b', links: 'many places', expected: 0 },
    { section: 'uprobe.multi/a:b', links: 'one place', expected: BPF_TRACE_UPROBE_MULTI },
    { section: 'cgroup/connect4', links: 'many places', expected: 10 },
  ] as const)('of $section is $expected where links have $links', ({ section, links, expected }) => {
    expect(attachTypeOf(section, links)).toBe(expected)
  })
})
