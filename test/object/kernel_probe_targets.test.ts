import { describe, expect, it } from 'vitest'
import type { AttachTarget } from '../../src/object/attach_target.ts'
import { readSectionName } from '../../src/object/section_names.ts'

function targetOf(section: string): AttachTarget {
  const read = readSectionName(section)
  if (read.kind === 'unknown') throw new Error(read.reason)
  return read.section.attachTarget
}

describe('the functions that section names of kprobes say', () => {
  it.each<[string, AttachTarget]>([
    ['kprobe/do_exit', { kind: 'kprobe', function: 'do_exit', offset: 0 }],
    ['kprobe/do_exit+0x10', { kind: 'kprobe', function: 'do_exit', offset: 16 }],
    ['kprobe/do_exit+12', { kind: 'kprobe', function: 'do_exit', offset: 12 }],
    ['kprobe/foo.isra.0', { kind: 'kprobe', function: 'foo.isra.0', offset: 0 }],
    ['kretprobe/do_exit', { kind: 'kretprobe', function: 'do_exit' }],
    ['ksyscall/openat', { kind: 'ksyscall', name: 'openat' }],
    ['kretsyscall/openat', { kind: 'kretsyscall', name: 'openat' }],
    ['kprobe.multi/vfs_*', { kind: 'kprobe.multi', pattern: 'vfs_*' }],
    ['kretprobe.multi/vfs_rea?', { kind: 'kretprobe.multi', pattern: 'vfs_rea?' }],
    ['kprobe.session/do_exit', { kind: 'kprobe.session', pattern: 'do_exit' }],
    ['fentry.multi/vfs_*', { kind: 'tracing.multi', pattern: 'vfs_*' }],
    ['fexit.multi.s/vfs_*', { kind: 'tracing.multi', pattern: 'vfs_*' }],
    ['fsession.multi/vfs_rea?', { kind: 'tracing.multi', pattern: 'vfs_rea?' }],
    ['kprobe', { kind: 'none' }],
    ['kprobe.multi', { kind: 'none' }],
    ['ksyscall', { kind: 'none' }],
  ])('%s', (section, target) => {
    expect(targetOf(section)).toEqual(target)
  })

  it.each([
    ['kprobe/do_exit+', 'it has not the form kprobe/FUNCTION or kprobe/FUNCTION+OFFSET'],
    ['kprobe/do_exit+1x', 'it has not the form kprobe/FUNCTION or kprobe/FUNCTION+OFFSET'],
    ['kprobe/do exit', 'it has not the form kprobe/FUNCTION or kprobe/FUNCTION+OFFSET'],
    ['kretprobe/do_exit+4', 'it has not the form kretprobe/FUNCTION'],
    ['ksyscall/open*', 'it has not the form ksyscall/SYSCALL'],
    ['kprobe.multi/vfs[a-z]', 'it has not the form kprobe.multi/PATTERN, of letters, digits, _, ., * and ?'],
    ['fentry.multi/vfs[a-z]', 'it has not the form fentry.multi/PATTERN, of letters, digits, _, ., * and ?'],
  ])('are not to be had from %s', (section, why) => {
    expect(targetOf(section)).toEqual({ kind: 'unsupported', why })
  })
})
