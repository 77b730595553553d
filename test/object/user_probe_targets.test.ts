import { describe, expect, it } from 'vitest'
import type { AttachTarget } from '../../src/object/attach_target.ts'
import { readSectionName } from '../../src/object/section_names.ts'

function targetOf(section: string): AttachTarget {
  const read = readSectionName(section)
  if (read.kind === 'unknown') throw new Error(read.reason)
  return read.section.attachTarget
}

describe('the target in user space that a section name says', () => {
  it.each<[string, AttachTarget]>([
    ['uprobe//bin/bash:readline', { kind: 'uprobe', path: '/bin/bash', function: 'readline' }],
    ['uprobe.s/libc.so.6:malloc', { kind: 'uprobe', path: 'libc.so.6', function: 'malloc' }],
    ['uprobe/bash:main+0x10', { kind: 'uprobe', path: 'bash', function: 'main', offset: 16 }],
    ['uprobe/bash:main+16', { kind: 'uprobe', path: 'bash', function: 'main', offset: 16 }],
    ['uprobe/bash:main+020', { kind: 'uprobe', path: 'bash', function: 'main', offset: 16 }],
    ['uprobe/bash:main+0', { kind: 'uprobe', path: 'bash', function: 'main' }],
    ['uprobe/app:operator+', { kind: 'uprobe', path: 'app', function: 'operator+' }],
    ['uprobe/app:main.(*T).f:x', { kind: 'uprobe', path: 'app', function: 'main.(*T).f:x' }],
    [
      'uprobe/libc.so.6:pthread_create@@GLIBC_2.34',
      { kind: 'uprobe', path: 'libc.so.6', function: 'pthread_create@@GLIBC_2.34' },
    ],
    [
      'uprobe//data/app.apk!/lib/libx.so:f',
      { kind: 'uprobe', path: '/data/app.apk!/lib/libx.so', function: 'f' },
    ],
    ['uretprobe//bin/bash:readline', { kind: 'uretprobe', path: '/bin/bash', function: 'readline' }],
    ['uretprobe.s/bash:readline', { kind: 'uretprobe', path: 'bash', function: 'readline' }],
    ['uprobe.multi/bash:read*', { kind: 'uprobe.multi', path: 'bash', pattern: 'read*' }],
    ['uprobe.multi.s/bash:read*', { kind: 'uprobe.multi', path: 'bash', pattern: 'read*' }],
    ['uretprobe.multi//bin/x:?', { kind: 'uretprobe.multi', path: '/bin/x', pattern: '?' }],
    ['uretprobe.multi.s//bin/x:?', { kind: 'uretprobe.multi', path: '/bin/x', pattern: '?' }],
    ['uprobe.session/bash:read*', { kind: 'uprobe.session', path: 'bash', pattern: 'read*' }],
    ['uprobe.session.s/bash:read*', { kind: 'uprobe.session', path: 'bash', pattern: 'read*' }],
    [
      'usdt//usr/bin/node:node:gc__start',
      { kind: 'usdt', path: '/usr/bin/node', provider: 'node', name: 'gc__start' },
    ],
    ['usdt.s/node:node:gc__done', { kind: 'usdt', path: 'node', provider: 'node', name: 'gc__done' }],
  ])('%s', (section, target) => {
    expect(targetOf(section)).toEqual(target)
  })

  it.each(['uprobe', 'uretprobe.s', 'uprobe.multi', 'uprobe.session', 'usdt'])(
    'is none for %s',
    (section) => {
      expect(targetOf(section)).toEqual({ kind: 'none' })
    },
  )

  it.each([
    ['uprobe/bash', 'it has not the form uprobe/PATH:FUNCTION+OFFSET'],
    ['uprobe/bash:', 'it has not the form uprobe/PATH:FUNCTION+OFFSET'],
    ['uretprobe.s/:f', 'it has not the form uretprobe.s/PATH:FUNCTION+OFFSET'],
    ['uretprobe/bash:f+1', 'a function returns from its start alone, so that it cannot have an offset'],
    ['uprobe.multi/bash', 'it has not the form uprobe.multi/PATH:PATTERN'],
    ['usdt/node:gc__start', 'it has not the form usdt/PATH:PROVIDER:NAME'],
    ['usdt/node:node:gc__start:x', 'it has not the form usdt/PATH:PROVIDER:NAME'],
    ['usdt/node::gc__start', 'it has not the form usdt/PATH:PROVIDER:NAME'],
  ])('is not to be had from %s', (section, why) => {
    expect(targetOf(section)).toEqual({ kind: 'unsupported', why })
  })
})
