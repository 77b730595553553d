import { describe, expect, it } from 'vitest'
import type { AttachTarget } from '../../src/object/attach_target.ts'
import { readSectionName } from '../../src/object/section_names.ts'

function targetOf(section: string): AttachTarget {
  const read = readSectionName(section)
  if (read.kind === 'unknown') throw new Error(read.reason)
  return read.section.attachTarget
}

describe('the target that a section name says', () => {
  it.each<[string, AttachTarget]>([
    ['tp/sched/sched_switch', { kind: 'tracepoint', category: 'sched', name: 'sched_switch' }],
    ['tracepoint/sched/sched_switch', { kind: 'tracepoint', category: 'sched', name: 'sched_switch' }],
    [
      'tracepoint.s/syscalls/sys_enter_openat',
      { kind: 'tracepoint', category: 'syscalls', name: 'sys_enter_openat' },
    ],
    ['raw_tp/sched_switch', { kind: 'raw_tracepoint', name: 'sched_switch' }],
    ['raw_tracepoint.w/nbd_send_request', { kind: 'raw_tracepoint', name: 'nbd_send_request' }],
    ['tp_btf/sched_switch', { kind: 'tracing' }],
    ['fentry/vfs_read', { kind: 'tracing' }],
    ['fexit.s/nf_tables:nft_do_chain', { kind: 'tracing' }],
    ['fmod_ret/bpf_modify_return_test', { kind: 'tracing' }],
    ['fentry', { kind: 'tracing' }],
    ['lsm/file_open', { kind: 'tracing' }],
    ['freplace/handler', { kind: 'freplace' }],
    ['freplace', { kind: 'freplace' }],
    ['iter/task', { kind: 'iter' }],
    ['iter.s/bpf_map', { kind: 'iter' }],
  ])('%s', (section, target) => {
    expect(targetOf(section)).toEqual(target)
  })

  it.each([
    'tp',
    'tp/',
    'socket',
    'kprobe',
    'xdp',
    'raw_tp',
    'lsm_cgroup/bpf',
    'iter/bpf_map_elem',
    'iter/cgroup',
  ])('is none for %s', (section) => {
    expect(targetOf(section)).toEqual({ kind: 'none' })
  })

  it.each([
    ['tp/sched', 'it has not the form tp/CATEGORY/NAME'],
    ['tracepoint/sched/sched_switch/x', 'it has not the form tracepoint/CATEGORY/NAME'],
    ['tp//sched_switch', 'it has not the form tp/CATEGORY/NAME'],
  ])('is not to be had from %s', (section, why) => {
    expect(targetOf(section)).toEqual({ kind: 'unsupported', why })
  })
})
