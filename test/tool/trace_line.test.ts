import { describe, expect, it } from 'vitest'
import { parseTraceLine } from '../../src/tool/trace_line.ts'

describe('parseTraceLine', () => {
  it('takes what bpf_printk wrote apart', () => {
    const line = '            node-4242    [001] ...11  1234.567890: bpf_trace_printk: value: 7'
    expect(parseTraceLine(line)).toEqual({
      task: 'node',
      pid: 4242,
      cpu: 1,
      time: '1234.567890',
      event: 'bpf_trace_printk',
      text: 'value: 7',
    })
  })

  it.each([
    [
      'a task of dashes, digits and spaces',
      'Web-12 Content-77 [000] d..31 1.5: sched_switch: a ==> b',
      77,
      'a ==> b',
    ],
    ['a thread group', ' sh-9       (     9) [003] ..... 2.000001: sys_exit: NR 1 = 1', 9, 'NR 1 = 1'],
    ['an unknown thread group', '<idle>-0 (-------) [000] d.h.. 3.0: timer: x', 0, 'x'],
    ['no flags', 'sh-9 [003] 2.5: sys_exit: x', 9, 'x'],
    ['an empty text', 'sh-9 [003] ..... 2.5: mark: ', 9, ''],
    [
      'a text that looks like a line',
      'sh-9 [003] ..... 2.5: mark: ls-8 [001] ..... 1.5: mark: y',
      9,
      'ls-8 [001] ..... 1.5: mark: y',
    ],
  ])('understands %s', (_, line, pid, text) => {
    expect(parseTraceLine(line)).toMatchObject({ pid, text })
  })

  it.each(['', 'CPU:1 [LOST 34 EVENTS]', 'a second line of a text', '# tracer: nop'])(
    'finds no event in %j',
    (line) => {
      expect(parseTraceLine(line)).toBeUndefined()
    },
  )
})
