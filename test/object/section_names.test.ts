import { describe, expect, it } from 'vitest'
import { readSectionName, sectionDefinitions } from '../../src/object/section_names.ts'

describe('readSectionName', () => {
  it.each([
    ['tp/sched/sched_process_exec', 'BPF_PROG_TYPE_TRACEPOINT', 'sched', 'sched_process_exec'],
    ['tracepoint/syscalls/sys_enter_openat', 'BPF_PROG_TYPE_TRACEPOINT', 'syscalls', 'sys_enter_openat'],
  ])('reads %s as %s', (sectionName, programType, category, name) => {
    expect(readSectionName(sectionName)).toMatchObject({
      kind: 'known',
      section: {
        name: sectionName,
        autoload: true,
        definition: { programType },
        attachTarget: { kind: 'tracepoint', category, name },
      },
    })
  })

  it.each([
    ['socket', 'BPF_PROG_TYPE_SOCKET_FILTER', []],
    ['xdp', 'BPF_PROG_TYPE_XDP', []],
    ['syscall', 'BPF_PROG_TYPE_SYSCALL', ['BPF_F_SLEEPABLE']],
  ])('reads %s as %s, attached to nothing by its name', (sectionName, programType, flags) => {
    expect(readSectionName(sectionName)).toMatchObject({
      kind: 'known',
      section: { definition: { programType, flags }, attachTarget: { kind: 'none' } },
    })
  })

  it('turns autoload off for a leading ?, which is no part of the name', () => {
    expect(readSectionName('?tp/sched/sched_switch')).toMatchObject({
      kind: 'known',
      section: { name: 'tp/sched/sched_switch', autoload: false, attachTarget: { kind: 'tracepoint' } },
    })
  })

  it.each([
    'tp',
    'tp/',
    'tp/sched',
    'tp/sched/',
    'tp//exec',
    'tracepoint/a/b/c',
    'socket/x',
    'xdp/',
    '?tp',
    'syscall/a',
  ])('says that %s has not the form that it should have', (sectionName) => {
    const result = readSectionName(sectionName)
    if (result.kind === 'known') return expect.fail('it is known')
    expect(result.reason).toContain(`'${sectionName}' has not the form`)
  })

  it.each([
    '',
    '?',
    'tpx/a/b',
    'TP/a/b',
    '??tp/a/b',
    'kprobe/do_exit',
    'constructor',
    '__proto__',
    ' tp/a/b',
  ])('does not know %j, and lists what it knows', (sectionName) => {
    const result = readSectionName(sectionName)
    if (result.kind === 'known') return expect.fail('it is known')
    expect(result.reason).toContain(`'${sectionName}' is not known`)
    for (const { prefix } of sectionDefinitions) expect(result.reason).toContain(prefix)
  })
})
