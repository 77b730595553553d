import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { readSectionName } from '../../src/object/section_names.ts'
import { probeLines } from '../../src/probes/probe_text.ts'
import { addBasics, built } from '../btf/build.ts'
import { factsOf, listed, refuse } from './probed_kernel.ts'

describe('listKernelProbes', () => {
  it('lists what all families have, once', () => {
    const { sections, problems } = listed('*')
    expect(problems).toEqual([])
    expect(sections).toEqual([
      'tp/sched/sched_wake',
      'tp/syscalls/sys_enter_openat',
      'raw_tp/sched_wake',
      'raw_tp/bare',
      'raw_tp/nft_rule',
      'tp_btf/sched_wake',
      'tp_btf/bare',
      'tp_btf/nf_tables:nft_rule',
      'fentry/do_unlinkat',
      'fentry/for_each',
      'fentry/takes_small',
      'fentry/security_file_open',
      'fentry/__x64_sys_openat',
      'fentry/nf_tables:nft_do_chain',
      'kprobe/do_unlinkat',
      'kprobe/for_each',
      'kprobe/_printk',
      'kprobe/takes_large',
      'kprobe/takes_small',
      'kprobe/returns_small',
      'kprobe/takes_thirteen',
      'kprobe/security_file_open',
      'kprobe/__x64_sys_openat',
      'kprobe/foo.isra.0',
      'kprobe/nft_do_chain',
      'lsm/file_open',
      'iter/task',
      'struct_ops/tcp_ops',
      'perf_event/software/cpu_clock',
      'xdp',
      'cgroup/connect4',
    ])
  })

  it('lists nothing whose name says nothing to those who load programs', () => {
    for (const section of listed('*').sections) expect(readSectionName(section).kind, section).toBe('known')
  })

  it.each([
    ['fexit/do_*', ['fexit/do_unlinkat']],
    ['fmod_ret/*', ['fmod_ret/security_file_open']],
    ['kretprobe/do_*', ['kretprobe/do_unlinkat']],
    ['kprobe.multi/do_*', ['kprobe.multi/do_unlinkat']],
    ['ksyscall/*', ['ksyscall/openat']],
    ['tracepoint/sched/*', ['tracepoint/sched/sched_wake']],
    ['fentry/nft_*', ['fentry/nf_tables:nft_do_chain']],
    ['fentry/nf_tables:*', ['fentry/nf_tables:nft_do_chain']],
    ['tp_btf/nft_rule', ['tp_btf/nf_tables:nft_rule']],
    ['tracepoint:sched:*', ['tp/sched/sched_wake']],
    ['unlink', ['fentry/do_unlinkat', 'kprobe/do_unlinkat']],
    ['*/connect?', ['cgroup/connect4']],
  ])('finds for %s %j', (pattern, sections) => {
    expect(listed(pattern).sections).toEqual(sections)
  })

  it('lists nothing of a kind that the kernel does not have', () => {
    expect(listed('fsession/*').sections).toEqual([])
    expect(listed('cgroup/sendmsg4').sections).toEqual([])
    expect(listed('kretprobe.multi/do_*').sections).toEqual(['kretprobe.multi/do_unlinkat'])
  })

  it('asks for nothing that the pattern cannot match', () => {
    const facts = factsOf({ tracepoints: refuse, traceable: refuse, perfEvents: refuse })
    expect(listed('lsm/*', facts)).toMatchObject({ sections: ['lsm/file_open'], problems: [] })
  })

  it('describes places as programs see them', () => {
    const text = listed('*')
      .probes.flatMap(({ section, describe: ask }) => probeLines({ section, description: ask() }))
      .join('\n')
    expect(`${text}\n`).toBe(
      readFileSync(join(import.meta.dirname, '../golden/probes-described.txt'), 'utf8'),
    )
  })

  it('lists the others where tracefs may not be read, and says what is missing', () => {
    const { sections, problems } = listed('*', factsOf({ tracepoints: refuse, traceable: refuse }))
    expect(problems.map(({ prefix, instead }) => [prefix, instead !== undefined])).toEqual([
      ['tp', false],
      ['fentry', true],
      ['kprobe', true],
    ])
    // Also what ftrace would have said that it cannot trace.
    expect(sections).toContain('fentry/bpf_lsm_verify_prog')
    expect(sections.filter((section) => section.startsWith('kprobe/'))).toEqual([
      'kprobe/do_unlinkat',
      'kprobe/untraced',
      'kprobe/xt_run',
    ])
  })

  it('lists the others where the kernel has no kprobes, and where it has no types', () => {
    expect(listed('*unlinkat', factsOf({ requireKprobes: refuse }))).toMatchObject({
      sections: ['fentry/do_unlinkat'],
      problems: [{ prefix: 'kprobe', instead: undefined }],
    })
    const { sections, problems } = listed('*', factsOf({ types: refuse }))
    expect(sections).toContain('tp/sched/sched_wake')
    expect(sections).toContain('kprobe/do_unlinkat')
    expect(sections).toContain('cgroup/connect6')
    expect(problems.map(({ prefix }) => prefix)).toEqual([
      'raw_tp',
      'tp_btf',
      'fentry',
      'lsm',
      'iter',
      'struct_ops',
    ])
  })

  it('does not ask ftrace for links of many functions in vain', () => {
    const { sections, problems } = listed('kprobe.multi/*', factsOf({ traceable: refuse }))
    expect({ sections, problems }).toMatchObject({ sections: [], problems: [{ prefix: 'kprobe.multi' }] })
  })

  it('survives types that are broken', () => {
    const { btf } = built((builder) => {
      const { int } = addBasics(builder)
      builder.addFunc('of_no_proto', int, 'static')
      builder.addRaw({ nameOffset: 1, info: 12 << 24, sizeOrType: 999_999 })
    })
    const types = (): ReturnType<ReturnType<typeof factsOf>['types']> => ({ vmlinux: btf, modules: [] })
    const { sections, problems } = listed('fentry/*', factsOf({ types, traceable: refuse }))
    expect(sections).toEqual([])
    expect(problems.every(({ error }) => error.code.startsWith('BTF_') || error.code === 'NO_TRACEFS')).toBe(
      true,
    )
  })

  it('lists a hundred thousand functions', () => {
    const builder = new BtfBuilder({})
    const proto = builder.addFuncProto(addBasics(builder).int, [])
    const names = Array.from({ length: 100_000 }, (_, index) => `function_of_a_large_kernel_${index}`)
    for (const name of names) builder.addFunc(name, proto, 'static')
    const vmlinux = Btf.parse(builder.finish({ endianness: 'little' }), { name: 'large' })
    const facts = factsOf({
      types: () => ({ vmlinux, modules: [] }),
      traceable: () => new Set(names),
    })
    expect(listed('fentry/*', facts).sections).toHaveLength(100_000)
    const some = listed('fentry/*_99*9?', facts).sections
    expect(some.length).toBeGreaterThan(100)
    expect(listed('*/*_99*9?', facts).sections).toHaveLength(2 * some.length)
    // A pattern that a backtracking matcher would try in 10^8 ways, for each name.
    expect(listed(`fentry/${'*e'.repeat(12)}*z`, facts).sections).toEqual([])
  })
})
