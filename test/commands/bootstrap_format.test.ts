import { describe, expect, it } from 'vitest'
import { type BootstrapEvent, eventFormats } from '../../src/commands/bootstrap_format.ts'

const exec: BootstrapEvent = {
  kind: 'EXEC',
  pid: 1234,
  ppid: 1,
  comm: 'ls',
  filename: '/usr/bin/ls',
  exit_code: 0,
  signal: 0,
  has_duration: false,
  duration_ns: 0n,
}
const exit: BootstrapEvent = { ...exec, kind: 'EXIT', filename: '', exit_code: 3 }
const time = new Date(2026, 0, 2, 3, 4, 5, 678)

describe('the table', () => {
  const { header, line } = eventFormats.table

  it('has the columns of printf("%-8s %-5s %-16s %-7s %-7s %s")', () => {
    expect(header).toBe('TIME     EVENT COMM             PID     PPID    FILENAME/EXIT CODE\n')
    expect(line(exec, time)).toBe('03:04:05 EXEC  ls               1234    1       /usr/bin/ls\n')
  })

  it('lets what is too wide push the rest to the right, as printf does', () => {
    const wide = { ...exec, comm: 'sixteen-letters-x', pid: 12345678, ppid: 123456789 }
    expect(line(wide, time)).toBe('03:04:05 EXEC  sixteen-letters-x 12345678 123456789 /usr/bin/ls\n')
  })

  it('ends an EXIT in the code, and in the duration where the start was seen', () => {
    expect(line(exit, time)).toMatch(/ 1 {7}\[3\]\n$/)
    expect(line({ ...exit, has_duration: true, duration_ns: 12_999_999n }, time)).toMatch(
      / \[3\] \(12ms\)\n$/,
    )
    expect(line({ ...exit, has_duration: true, duration_ns: 0n }, time)).toMatch(/ \[3\] \(0ms\)\n$/)
  })

  it('escapes control characters of names, and nothing else', () => {
    const odd = { ...exec, comm: 'a\nb\u001b[1m', filename: '/tmp/\u009b\u007f\té ü' }
    const text = line(odd, time)
    expect(text).toContain(' a\\x0ab\\x1b[1m ')
    expect(text).toContain('/tmp/\\x9b\\x7f\\x09é ü\n')
    expect(text.indexOf('\n')).toBe(text.length - 1)
  })
})

describe('JSON', () => {
  const { header, line } = eventFormats.json
  const parsed = (event: BootstrapEvent): unknown => JSON.parse(line(event, time))

  it('has no header and one object in each line', () => {
    expect(header).toBe('')
    expect(line({ ...exec, comm: 'a\nb' }, time).match(/\n/g)).toHaveLength(1)
  })

  it('has time, event, comm, pid and ppid first, then the file name of an EXEC', () => {
    expect(line(exec, time)).toBe(
      `{"time":"${time.toISOString()}","event":"EXEC","comm":"ls","pid":1234,"ppid":1,"filename":"/usr/bin/ls"}\n`,
    )
  })

  it('has code, signal and duration of an EXIT', () => {
    expect(parsed({ ...exit, signal: 9, has_duration: true, duration_ns: 5n })).toEqual({
      time: time.toISOString(),
      event: 'EXIT',
      comm: 'ls',
      pid: 1234,
      ppid: 1,
      exit_code: 3,
      signal: 9,
      duration_ns: 5,
    })
  })

  it('has null for a duration that nobody knows', () => {
    expect(parsed(exit)).toMatchObject({ duration_ns: null })
  })

  it.each([
    { duration_ns: 2n ** 53n - 1n, text: '9007199254740991' },
    { duration_ns: 2n ** 53n, text: '"9007199254740992"' },
    { duration_ns: 2n ** 64n - 1n, text: '"18446744073709551615"' },
  ])('has the duration $duration_ns as $text, exactly', ({ duration_ns, text }) => {
    expect(line({ ...exit, has_duration: true, duration_ns }, time)).toContain(`"duration_ns":${text}}`)
  })
})
