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
  ])('%s', (section, target) => {
    expect(targetOf(section)).toEqual(target)
  })

  it.each(['tp', 'tp/', 'socket', 'kprobe', 'xdp'])('is none for %s', (section) => {
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
