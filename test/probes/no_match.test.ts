import { describe, expect, it } from 'vitest'
import { noMatch } from '../../src/probes/no_match.ts'
import { ProbePattern } from '../../src/probes/pattern.ts'
import { describeNothing } from '../../src/probes/probe.ts'

const SECTIONS = [
  'tp/sched/sched_switch',
  'fentry/do_unlinkat',
  'fentry/nf_tables:nft_do_chain',
  'raw_tp/sched_switch',
]
const IN_USER_SPACE = ['uprobe//usr/bin/bash:readline', 'uprobe//usr/bin/bash:main']

function messageOf(text: string): string {
  const list = (
    pattern: ProbePattern,
  ): never[][] | { section: string; describe: typeof describeNothing }[][] => {
    const known = pattern.prefix === 'uprobe' ? IN_USER_SPACE : SECTIONS.filter(pattern.matches)
    return [known.map((section) => ({ section, describe: describeNothing }))]
  }
  const error = noMatch(new ProbePattern(text), list)
  expect(error.code).toBe('PROBES_NO_MATCH')
  return error.message
}

describe('noMatch', () => {
  it.each([
    ['fentry/do_unlinkatt', 'did you mean fentry/do_unlinkat?'],
    ['fentry/nf_tables:nft_do_chian', 'did you mean fentry/nf_tables:nft_do_chain?'],
    ['shed_switch', 'did you mean tp/sched/sched_switch or raw_tp/sched_switch?'],
    ['uprobe/bash:readlin', 'did you mean uprobe//usr/bin/bash:readline?'],
    ['uprobe/bash:xxxxxxxxx', 'rawbpf probes uprobe/bash lists what there is'],
    ['usdt/bash', 'bash has no USDT probes'],
  ])('%s: %s', (text, hint) => {
    expect(messageOf(text)).toBe(`nothing to attach to matches ${text}; ${hint}`)
  })

  it.each([['fentry/xx*'], ['nothing_like_it_at_all'], ['tp/sched']])('%s: how patterns are', (text) => {
    expect(messageOf(text)).toContain('the pattern is for whole names')
  })
})
