import { describe, expect, it } from 'vitest'
import { pageModel } from '../../../src/explain/page/page_model.ts'
import { search, searchIndex } from '../../../src/explain/page/search.ts'
import { sample } from './sample.ts'

const index = searchIndex(pageModel(sample))

const found = (query: string): readonly string[] =>
  search(index, query).entries.map(({ kind, title }) => `${kind}: ${title}`)

describe('the search', () => {
  it('finds names before what mentions them', () => {
    expect(found('rb')[0]).toBe('map: rb')
    expect(found('handle_exec')[0]).toBe('program: handle_exec')
    expect(found('helper')[0]).toBe('function: helper')
    expect(found('CONFIG_HZ')).toEqual(['extern: CONFIG_HZ'])
  })

  it('finds C lines, instructions, members and system calls', () => {
    expect(found('프로세스')).toEqual(['C line: pid = task->tgid; /* 프로세스 번호 */'])
    expect(found('(r0 +2488)')).toEqual(['instruction: r1 = *(u32 *)(r0 +2488)'])
    expect(found('member_17 vmlinux')[0]).toBe('member: member_17')
    expect(found('bpf_map_create')[0]).toBe('system call: BPF_MAP_CREATE')
  })

  it('wants every word, in any order and case', () => {
    expect(found('TGID task')).toEqual(found('task tgid'))
    expect(found('tgid nowhere')).toEqual([])
  })

  it('says where each is', () => {
    const [member] = search(index, 'member_200').entries
    expect(member?.view).toEqual({ chapter: 'core', access: 1, member: 200, item: 'vmlinux#114' })
  })

  it('shows the best and counts the rest', () => {
    const { entries, total } = search(index, 'member_')
    expect(entries).toHaveLength(50)
    expect(total).toBe(249)
  })

  it('finds nothing for blanks', () => {
    expect(search(index, '  ')).toEqual({ entries: [], total: 0 })
  })
})
