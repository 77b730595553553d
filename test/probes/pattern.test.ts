import { describe, expect, it } from 'vitest'
import { ProbePattern } from '../../src/probes/pattern.ts'

const matches = (pattern: string, name: string): boolean => new ProbePattern(pattern).matches(name)

describe('ProbePattern', () => {
  it.each([
    ['*', 'xdp', true],
    ['tp/sched/*', 'tp/sched/sched_switch', true],
    ['tp/sched/*', 'raw_tp/sched_switch', false],
    ['tp/sched', 'tp/sched/sched_switch', false],
    ['fentry/*unlink*', 'fentry/do_unlinkat', true],
    ['fentry/do_?nlinkat', 'fentry/do_unlinkat', true],
    ['*/do_unlinkat', 'fentry/do_unlinkat', true],
    ['unlink', 'fentry/do_unlinkat', true],
    ['do_*at', 'fentry/do_unlinkat2', true],
    ['unlink', 'fentry/do_exit', false],
    ['fentry/do.unlinkat', 'fentry/do_unlinkat', false],
    ['tracepoint:sched:sched_*', 'tp/sched/sched_switch', true],
    ['t:sched:*', 'tp/sched/sched_switch', true],
    ['kfunc:vmlinux:do_exit', 'fentry/do_exit', true],
    ['fentry:nf_tables:nft_*', 'fentry/nf_tables:nft_do_chain', true],
    ['software:*', 'perf_event/software/cpu_clock', true],
    ['nf_tables:nft', 'fentry/nf_tables:nft_do_chain', true],
  ])('%s and %s: %s', (pattern, name, expected) => {
    expect(matches(pattern, name)).toBe(expected)
  })

  it.each([
    ['fentry/do_*', 'fentry', 'do_exit', true],
    ['fentry/do_*', 'fentry', 'exit', false],
    ['*try/do_*', 'fentry', 'do_exit', true],
    ['*/do_*', 'tp', 'sched/do_it', true],
    ['exit', 'fentry', 'do_exit', true],
    ['fentr', 'fentry', 'do_exit', true],
  ])('%s within %s is for %s: %s', (pattern, prefix, name, expected) => {
    expect(new ProbePattern(pattern).within(prefix)?.(name)).toBe(expected)
  })

  it.each([
    ['fentry/do_*', 'fexit'],
    ['fentry/*', 'fentry.multi'],
    ['f?ntry.s/*', 'kprobe'],
    ['tp/x', 'tp_btf'],
  ])('%s has nothing within %s', (pattern, prefix) => {
    expect(new ProbePattern(pattern).within(prefix)).toBeUndefined()
  })

  it('knows the prefix that is spelled out', () => {
    expect(new ProbePattern('fexit/tcp_*')).toMatchObject({
      prefix: 'fexit',
      rest: 'tcp_*',
      isLiteral: false,
    })
    expect(new ProbePattern('uprobe//bin/sh:main')).toMatchObject({
      prefix: 'uprobe',
      rest: '/bin/sh:main',
      isLiteral: true,
    })
    expect(new ProbePattern('uretprobe:/bin/sh:main').prefix).toBe('uretprobe')
    expect(new ProbePattern('f*/tcp').prefix).toBeUndefined()
    expect(new ProbePattern('tcp').prefix).toBeUndefined()
  })
})
