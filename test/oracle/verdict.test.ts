import { describe, expect, it } from 'vitest'
import type { BuiltObject, Source } from './corpus.ts'
import type { Outcome } from './peers.ts'
import { judge } from './verdict.ts'

const object = (expectation: Source['expect']): BuiltObject => ({
  name: 'one (clang 19)',
  source: {
    name: 'one',
    path: 'one.bpf.c',
    covers: [],
    expect: expectation,
    oldestClang: 0,
    flags: [],
    then: [],
  },
  clang: 19,
  path: 'one.bpf.o',
})

const loaded: Outcome = { kind: 'loaded', snapshot: { programs: new Map(), maps: [], types: undefined } }
const failed: Outcome = { kind: 'failed', code: 'SOME_CODE', text: 'what was wrong', typed: true }
const crashed: Outcome = { kind: 'failed', code: 'NO_BPF_ERROR', text: 'TypeError: boom', typed: false }
const known = [{ object: 'one', reason: 'not there yet' }]

describe('judge', () => {
  it('takes two loads without a difference for the same', () => {
    expect(judge(object('both'), loaded, loaded, [], []).kind).toBe('same')
  })

  it('takes a difference, and a failure of either, for a difference and shows the texts', () => {
    expect(judge(object('both'), loaded, loaded, ['tag is a, from bpftool b'], []).kind).toBe('difference')
    expect(judge(object('both'), failed, loaded, [], []).lines.join()).toContain('what was wrong')
    expect(judge(object('both'), loaded, failed, [], []).lines.join()).toContain('bpftool fails')
    expect(judge(object('both'), failed, failed, [], []).kind).toBe('difference')
  })

  it('takes two failures for the same only where the source says that it cannot be loaded', () => {
    expect(judge(object('neither'), failed, failed, [], []).kind).toBe('same')
    expect(judge(object('neither'), loaded, failed, [], []).kind).toBe('difference')
    expect(judge(object('alike'), failed, failed, [], []).kind).toBe('same')
    expect(judge(object('alike'), loaded, failed, [], []).kind).toBe('difference')
  })

  it('wants rawbpf alone to load what libbpf refuses', () => {
    expect(judge(object('rawbpf'), loaded, failed, [], []).kind).toBe('same')
    expect(judge(object('rawbpf'), failed, failed, [], []).kind).toBe('difference')
  })

  it('wants rawbpf alone to keep the types, and nothing else to differ', () => {
    const kept = [
      'BTF is there, from bpftool none',
      'program p: number of func_info records is 1, from bpftool 0',
      'program p: number of line_info records is 6, from bpftool 0',
      'map m.bss: btf is there, from bpftool none',
      'map m.bss: value_type is datasec ".bss" 16 (12ab), from bpftool none',
    ]
    const verdict = (differences: readonly string[]): string =>
      judge(object('types'), loaded, loaded, differences, []).kind
    expect(verdict(kept)).toBe('same')
    expect(verdict([])).toBe('difference')
    expect(verdict(kept.slice(1))).toBe('difference')
    for (const other of [
      'program p: tag is a, from bpftool b',
      'program p: number of func_info records is 0, from bpftool 1',
      'program p: func_info record 0 is a, from bpftool b',
      'map m.bss: value_type is none, from bpftool datasec ".bss"',
      'BTF: only bpftool has int "int"',
    ])
      expect(verdict([...kept, other]), other).toBe('difference')
    expect(judge(object('types'), failed, loaded, [], []).kind).toBe('difference')
  })

  it('lets a known failure pass, until it is none any more', () => {
    expect(judge(object('both'), failed, loaded, [], known).kind).toBe('known failure')
    expect(judge(object('both'), loaded, loaded, [], known).kind).toBe('difference')
    expect(judge(object('both'), failed, loaded, [], [{ ...known[0]!, clangs: [11] }]).kind).toBe(
      'difference',
    )
  })

  it('never lets an error pass that is no BpfError', () => {
    expect(judge(object('both'), crashed, loaded, [], known).kind).toBe('difference')
    expect(judge(object('neither'), crashed, failed, [], []).kind).toBe('difference')
  })
})
