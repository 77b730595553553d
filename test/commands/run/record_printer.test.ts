import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { RecordPrinter } from '../../../src/commands/run/record_printer.ts'
import { LineWriter } from '../../../src/tool/line_writer.ts'

it('prints addresses in hexadecimal in tables', () => {
  const output = new PassThrough()
  const writer = new LineWriter(output, () => undefined)
  const layout = {
    type: 'struct event',
    columns: [
      { name: 'pid', title: 'PID', width: 7, align: 'right', base: 10 },
      { name: 'task', title: 'TASK', width: 18, align: 'right', base: 16 },
    ],
  } as const
  const printer = new RecordPrinter(writer, 'table', ['rb'])
  printer.print('rb', { layout, members: { pid: 12, task: 0xffff888100000000n } })
  printer.print('rb', { layout, members: { pid: 12, task: 0 } })
  writer.flush()
  const lines = String(output.read()).split('\n')
  expect(lines.map((line) => line.slice(9))).toEqual([
    '    PID               TASK',
    '     12 0xffff888100000000',
    '     12                0x0',
    '',
  ])
})
