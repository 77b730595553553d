import { describe, expect, it } from 'vitest'
import { headerLine, recordLine } from '../../src/tool/table.ts'
import { columns } from '../../src/tools/tcpconnect.ts'

const NOON = new Date(2026, 10, 29, 12, 0, 0)

describe('the table of tcpconnect', () => {
  it('has a line for each connection, in columns', () => {
    const four = { pid: 77, comm: 'curl', version: 4, source: '192.0.2.1', source_port: 40000, result: 0 }
    const lines = [
      headerLine(columns),
      recordLine(columns, { ...four, address: '198.51.100.7', port: 443 }, NOON),
      recordLine(
        columns,
        { ...four, version: 6, source: '::', source_port: 0, address: '2001:db8::1', port: 80, result: -101 },
        NOON,
      ),
    ]
    expect(lines.join('')).toBe(
      [
        'TIME         PID COMM             IP SOURCE                   SPORT DESTINATION              DPORT RESULT',
        '12:00:00      77 curl              4 192.0.2.1                40000 198.51.100.7               443 sent',
        '12:00:00      77 curl              6 ::                           0 2001:db8::1                 80 ENETUNREACH',
        '',
      ].join('\n'),
    )
  })
})
