import { describe, expect, it } from 'vitest'
import { headerLine, recordLine } from '../../src/tool/table.ts'
import { columns as execColumns } from '../../src/tools/execsnoop.ts'
import { columns as exitColumns } from '../../src/tools/exitsnoop.ts'
import { columns as killColumns } from '../../src/tools/killsnoop.ts'
import { columns as openColumns } from '../../src/tools/opensnoop.ts'

const now = new Date(2026, 10, 28, 9, 5, 7)

describe('the table of execsnoop', () => {
  const exec = {
    comm: 'sh',
    pid: 4711,
    ppid: 1,
    ret: 0,
    file: '/bin/sh',
    args: ['sh', '-c', 'exit 3', '', 'a\nb', "it's", '...'],
    truncated: true,
  }

  it('has a line of fixed columns, with arguments in quotes where they would not be told apart', () => {
    expect(headerLine(execColumns)).toBe(
      'TIME     COMM                 PID    PPID RESULT  FILE AND ARGUMENTS\n',
    )
    expect(recordLine(execColumns, exec, now)).toBe(
      '09:05:07 sh                  4711       1 0       /bin/sh -c "exit 3" "" "a\\nb" "it\'s" ...\n',
    )
    expect(recordLine(execColumns, { ...exec, ret: -2, args: [] }, now)).toBe(
      '09:05:07 sh                  4711       1 ENOENT  /bin/sh\n',
    )
  })
})

describe('the table of exitsnoop', () => {
  const exit = { comm: 'sh', pid: 20, ppid: 4194304, lifetime_ns: 1_234_567_890n, exit_code: 42, signal: 0 }

  it('has a line of fixed columns, with names of signals', () => {
    expect(headerLine(exitColumns)).toBe('TIME     COMM                 PID    PPID    AGE(s) ENDED BY\n')
    const lines = [exit, { ...exit, signal: 11, lifetime_ns: 86_400_000_000_000n }, { ...exit, signal: 64 }]
    expect(lines.map((line) => recordLine(exitColumns, line, now))).toEqual([
      '09:05:07 sh                    20 4194304     1.235 code 42\n',
      '09:05:07 sh                    20 4194304 86400.000 SIGSEGV\n',
      '09:05:07 sh                    20 4194304     1.235 signal 64\n',
    ])
  })
})

describe('the table of opensnoop', () => {
  const open = { comm: 'cat', pid: 20, ret: 3, flags: 0o100101, cut: false, path: '/tmp/a b' }

  it('has a line of fixed columns', () => {
    expect(headerLine(openColumns)).toBe('TIME     COMM                 PID RESULT     FLAGS PATH\n')
    expect(recordLine(openColumns, open, now)).toBe(
      '09:05:07 cat                   20 3       00100101 /tmp/a b\n',
    )
    expect(recordLine(openColumns, { ...open, ret: -13, flags: 0, cut: true, path: 'x\u001b' }, now)).toBe(
      '09:05:07 cat                   20 EACCES  00000000 x\\x1b...\n',
    )
  })
})

describe('the table of killsnoop', () => {
  const kill = { comm: 'sh', pid: 20, syscall: 'kill', signal: 15, target: -21, ret: 0 } as const

  it('has a line of fixed columns, with names of signals and errors', () => {
    expect(headerLine(killColumns)).toBe(
      'TIME     COMM                 PID CALL   SIGNAL      TARGET RESULT\n',
    )
    expect(recordLine(killColumns, kill, now)).toBe(
      '09:05:07 sh                    20 kill   SIGTERM        -21 0\n',
    )
    expect(recordLine(killColumns, { ...kill, syscall: 'tgkill', signal: 0, ret: -3 }, now)).toBe(
      '09:05:07 sh                    20 tgkill 0              -21 ESRCH\n',
    )
  })

  it('has room for the group of the largest pid', () => {
    const group = recordLine(killColumns, { ...kill, pid: 4194304, target: -4194304 }, now)
    expect(group).toBe('09:05:07 sh               4194304 kill   SIGTERM   -4194304 0\n')
  })
})
