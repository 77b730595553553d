import { describe, expect, it } from 'vitest'
import { parseDumpWords } from '../../src/commands/dump_words.ts'

describe('the words behind btf dump file', () => {
  it.each([
    [[], { format: undefined, rootIds: [] }],
    [['format', 'c'], { format: 'c', rootIds: [] }],
    [['format', 'c', 'unsorted'], { format: 'c', rootIds: [] }],
    [['format', 'raw'], { format: 'raw', rootIds: [] }],
    [['root_id', '7', 'format', 'json', 'root_id', '9'], { format: 'json', rootIds: [7, 9] }],
  ])('%j are understood', (args, words) => {
    expect(parseDumpWords(args)).toEqual({ kind: 'parsed', words })
  })

  it.each([
    [['formats', 'c'], "unknown word 'formats'"],
    [['format'], 'format needs a word behind it'],
    [['format', 'yaml'], "unknown format 'yaml'"],
    [['format', 'raw', 'unsorted'], "unknown word 'unsorted'"],
    [['root_id'], 'root_id needs a word behind it'],
    [['root_id', 'task_struct'], "root_id takes the id of a type, not 'task_struct'"],
    [['root_id', '0'], "not '0'"],
    [['root_id', '99999999999'], "not '99999999999'"],
  ])('%j are refused', (args, why) => {
    const result = parseDumpWords(args)
    expect(result.kind === 'wrong' ? result.why : '').toContain(why)
  })
})
