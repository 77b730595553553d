import { describe, expect } from 'vitest'
import { RunningProbeFacts } from '../../src/commands/probe_facts.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { openPerfEvent } from '../../src/kernel/perf_calls.ts'
import { readTracepointId } from '../../src/kernel/tracefs.ts'
import { readSectionName } from '../../src/object/section_names.ts'
import { findAttachPlace } from '../../src/relocate/attach_place.ts'
import type { TypeSource } from '../../src/relocate/kernel_struct_ops.ts'
import type { ProbeProblem } from '../../src/probes/facts.ts'
import { listKernelProbes } from '../../src/probes/list_kernel_probes.ts'
import { ProbePattern } from '../../src/probes/pattern.ts'
import type { Probe } from '../../src/probes/probe.ts'
import { recordingKernel } from './recording_kernel.ts'
import { kernelBtfTest, tracepointTest } from './require.ts'

/** What this kernel has; the descriptors of that are closed again. */
function list(
  pattern: string,
  visit: (probes: readonly Probe[]) => void = () => undefined,
): readonly string[] {
  const recording = recordingKernel(openKernel())
  const problems: ProbeProblem[] = []
  const sections: string[] = []
  {
    using facts = new RunningProbeFacts(() => recording.kernel)
    for (const probes of listKernelProbes(new ProbePattern(pattern), facts, (problem) =>
      problems.push(problem),
    )) {
      sections.push(...probes.map(({ section }) => section))
      visit(probes)
    }
  }
  expect(recording.openDescriptors().size).toBe(0)
  return sections
}

/** Some of many, from their start to their end. */
const sample = <Item>(items: readonly Item[], count: number): readonly Item[] =>
  items.filter((_, index) => index % Math.ceil(items.length / count) === 0)

describe('what a kernel has to attach to', () => {
  tracepointTest('tracepoints can be opened, and have formats', () => {
    const kernel = openKernel()
    const probes: Probe[] = []
    using facts = new RunningProbeFacts(() => kernel)
    for (const found of listKernelProbes(new ProbePattern('tp/*'), facts, () => undefined))
      probes.push(...found)
    expect(probes.length).toBeGreaterThan(300)
    for (const { section, describe: ask } of sample(probes, 40)) {
      const [, category = '', name = ''] = section.split('/')
      const config = BigInt(readTracepointId(kernel, category, name))
      openPerfEvent(kernel, { type: 2, config }, { pid: -1, cpu: 0 }).close()
      for (const argument of ask().arguments)
        expect(argument, section).toMatchObject({ name: expect.stringMatching(/^\w+$/) as string })
    }
  })

  tracepointTest('fields of a tracepoint are those that the kernel writes down', () => {
    list('tp/sched/sched_process_exec', (probes) => {
      for (const { describe: ask } of probes) {
        expect(ask().arguments.map(({ declaration }) => declaration)).toEqual([
          '__data_loc char[] filename',
          'pid_t pid',
          'pid_t old_pid',
        ])
      }
    })
  })

  kernelBtfTest(
    'functions, hooks, tracepoints and iterators are found again by those who load programs',
    () => {
      const facts = new RunningProbeFacts(openKernel)
      const source: TypeSource = {
        vmlinux: () => facts.types().vmlinux,
        modules: () => facts.types().modules,
      }
      for (const prefix of ['fentry', 'lsm', 'iter', 'tp_btf']) {
        const sections = list(`${prefix}/*`)
        for (const section of sample(sections, 25)) {
          const read = readSectionName(section)
          if (read.kind !== 'known') throw new Error(section)
          const { definition, suffix = '' } = read.section
          expect(findAttachPlace(suffix, definition.attachType, source), section).toBeDefined()
        }
      }
      expect(list('fentry/*').length).toBeGreaterThan(10_000)
      expect(list('iter/*')).toContain('iter/bpf_map')
    },
  )

  kernelBtfTest('each of them can be described', () => {
    let described = 0
    const visit = (probes: readonly Probe[]): void => {
      for (const { section, describe: ask } of sample(probes, 500)) {
        const { arguments: list } = ask()
        expect(
          list.every(({ declaration }) => declaration !== ''),
          section,
        ).toBe(true)
        described++
      }
    }
    for (const prefix of ['fentry', 'raw_tp', 'lsm', 'iter', 'struct_ops']) list(`${prefix}/*`, visit)
    expect(described).toBeGreaterThan(500)
  })
})
