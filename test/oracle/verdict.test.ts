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

  it('passes over differences of types, and no others, where only rawbpf keeps them', () => {
    expect(judge(object('types'), loaded, loaded, ['BTF is there, from bpftool none'], []).kind).toBe('same')
    expect(judge(object('types'), loaded, loaded, ['program p: tag is a, from bpftool b'], []).kind).toBe(
      'difference',
    )
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
