import { describe, expect, it } from 'vitest'
import { headerLine, recordLine } from '../../src/tool/table.ts'
import { columns as unlinkColumns } from '../../src/tools/fentry_demo.ts'
import { columns as bpfCallColumns } from '../../src/tools/lsm_demo.ts'
import { columns as packetColumns, packetOf } from '../../src/tools/sockfilter_demo.ts'
import { columns as taskColumns, stateLetter } from '../../src/tools/task_iter.ts'

const now = new Date(2026, 10, 28, 9, 5, 7)

describe('the table of sockfilter-demo', () => {
  const packet = {
    direction: 'in',
    ethertype: 0x0800,
    protocol: 6,
    source_port: 443,
    destination_port: 50000,
    length: 1500,
    source: [192, 0, 2, 1, ...Array<number>(12).fill(0)],
    destination: [198, 51, 100, 7, ...Array<number>(12).fill(0)],
  } as const
  const lineOf = (changes: object): string =>
    recordLine(packetColumns, packetOf({ ...packet, ...changes }), now)

  it('has addresses and ports', () => {
    expect(lineOf({})).toBe('09:05:07 in  tcp      1500 192.0.2.1:443          198.51.100.7:50000\n')
  })

  it('leaves out what a packet does not have', () => {
    const noPorts = { source_port: 0, destination_port: 0 }
    expect(lineOf({ protocol: 47, ...noPorts })).toBe(
      '09:05:07 in  ip 47    1500 192.0.2.1              198.51.100.7\n',
    )
    expect(lineOf({ ethertype: 0x806, protocol: 0, length: 42, direction: 'out', ...noPorts })).toBe(
      '09:05:07 out 0x0806     42\n',
    )
  })
})

describe('the letters of task-iter', () => {
  it.each([
    [0, 0, 'R'],
    [1, 0, 'S'],
    [2, 0, 'D'],
    [4, 0, 'T'],
    [8, 0, 't'],
    [0x402, 0, 'I'],
    [0, 0x10, 'X'],
    [0x80, 0x20, 'Z'],
    [0x40, 0, 'P'],
    // TASK_KILLABLE and TASK_FREEZABLE, as waits for the disk have them.
    [0x102, 0, 'D'],
    [0x2001, 0, 'S'],
  ])('are for state %i and exit state %i %s', (state, exitState, letter) => {
    expect(stateLetter(state, exitState)).toBe(letter)
  })

  it('stand in a line with the four innermost functions but those of the scheduler', () => {
    const stack = ['__schedule', 'schedule', 'schedule_timeout', 'a', 'b', 'c', 'd', 'e']
    expect(recordLine(taskColumns, { pid: 1, tid: 22, state: 'S', comm: 'x', stack }, now)).toBe(
      '      1      22 S x                a < b < c < d\n',
    )
  })
})

describe('the table of fentry-demo', () => {
  it('has a result where the function ends', () => {
    const unlink = { pid: 7, ret: -1, comm: 'rm', name: 'a b' }
    expect(headerLine(unlinkColumns)).toBe('TIME     COMM                 PID VFS_UNLINK RESULT  NAME\n')
    expect(recordLine(unlinkColumns, { ...unlink, place: 'enter', ret: 0 }, now)).toBe(
      '09:05:07 rm                     7 enter              a b\n',
    )
    expect(recordLine(unlinkColumns, { ...unlink, place: 'leave' }, now)).toBe(
      '09:05:07 rm                     7 leave      EPERM   a b\n',
    )
  })
})

describe('the table of lsm-demo', () => {
  it('has the name of the command, or its number', () => {
    const call = { pid: 7, comm: 'node', refused: false, command: 99 }
    expect(headerLine(bpfCallColumns)).toBe('TIME     COMM                 PID ANSWER  COMMAND\n')
    expect(recordLine(bpfCallColumns, call, now)).toBe('09:05:07 node                   7 allowed 99\n')
    expect(recordLine(bpfCallColumns, { ...call, refused: true, command: 'BPF_MAP_CREATE' }, now)).toBe(
      '09:05:07 node                   7 EPERM   BPF_MAP_CREATE\n',
    )
  })
})
