import { describe, expect, it } from 'vitest'
import { parseTracepointFormat } from '../../src/probes/tracepoint_format.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

const field = (declaration: string): string => `\tfield:${declaration};\toffset:8;\tsize:16;\tsigned:0;\n`

describe('parseTracepointFormat', () => {
  it.each([
    ['char prev_comm[16]', 'char[16]', 'prev_comm'],
    ['unsigned long flags', 'unsigned long', 'flags'],
    ['const char * filename', 'const char *', 'filename'],
    ['const char *filename', 'const char *', 'filename'],
    ['__data_loc char[] filename', '__data_loc char[]', 'filename'],
    ['u8 mac[ETH_ALEN][2]', 'u8[ETH_ALEN][2]', 'mac'],
    ['void (*function)(void *)', 'void (*)(void *)', 'function'],
    ['int', 'int', ''],
  ])('reads %s', (declaration, type, name) => {
    expect(parseTracepointFormat(field(declaration), 'a/b')).toEqual([
      { name, type, declaration, offset: 8, size: 16 },
    ])
  })

  it('leaves out what all tracepoints have, and what is no field', () => {
    const text = `name: x\nID: 1\nformat:\n${field('int common_pid')}${field('int pid')}\nprint fmt: "field:%d"\n`
    expect(parseTracepointFormat(text, 'a/b').map(({ name }) => name)).toEqual(['pid'])
    expect(parseTracepointFormat('', 'a/b')).toEqual([])
  })

  it('refuses a field that says no offset', () => {
    const error = bpfErrorOf('PROBES_BAD_FORMAT', () => parseTracepointFormat('\tfield:int pid;\n', 'a/b'))
    expect(error.message).toContain('the format of tracepoint a/b')
  })
})
