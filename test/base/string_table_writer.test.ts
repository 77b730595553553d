import { describe, expect, it } from 'vitest'
import { StringTableWriter } from '../../src/base/string_table_writer.ts'

describe('StringTableWriter', () => {
  it('has the empty string at offset 0, and each other one once', () => {
    const table = new StringTableWriter()
    expect([table.add(''), table.add('ab'), table.add('c'), table.add('ab')]).toEqual([0, 1, 4, 1])
    expect(Buffer.from(table.bytes()).toString('latin1')).toBe('\0ab\0c\0')
    expect(table.length).toBe(6)
  })

  it('writes text as UTF-8, and bytes as they are', () => {
    const table = new StringTableWriter()
    const text = table.add('é')
    const same = table.addBytes('\u00c3\u00a9')
    const latin1 = table.addBytes('\u00e9')
    expect(same).toBe(text)
    expect([...table.bytes()]).toEqual([0, 0xc3, 0xa9, 0, 0xe9, 0])
    expect(latin1).toBe(4)
  })
})
