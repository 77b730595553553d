import { readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { runningTypes } from '../../src/commands/target_types.ts'
import { watchLoad } from '../../src/commands/watch_load.ts'
import { explainLoad } from '../../src/explain/explain_load.ts'
import { registersAt } from '../../src/explain/known_registers.ts'
import type { Explanation } from '../../src/explain/explanation.ts'
import { call, exit, loadMem, movImm, movReg } from '../../src/insn/assemble.ts'
import { BPF_DW } from '../../src/insn/opcodes.ts'
import { writeObject } from '../object/object_writer.ts'
import { bpfTest, tracepointTest } from './require.ts'

function explain(bytes: Uint8Array, path: string): Explanation {
  return explainLoad(
    watchLoad({
      path,
      bytes,
      program: undefined,
      calls: 'issued',
      target: runningTypes(),
      targetKernel: 'running',
      kernelConfig: undefined,
    }),
  )
}

describe('the explanation of a load into this kernel', () => {
  tracepointTest('tells what the verifier did at every instruction that it visited, and the links', () => {
    const { chapters, failures } = explain(readFileSync('bpf/bootstrap.bpf.o'), 'bootstrap.bpf.o')
    expect(failures).toEqual([])
    const { programs } = chapters.verifier
    expect(programs.map(({ program, verdict }) => [program, verdict])).toEqual([
      ['handle_exit', 'accepted'],
      ['handle_exec', 'accepted'],
    ])
    for (const { program, walk, statistics } of programs) {
      const listing = chapters.relocations.programs.find(({ name }) => name === program)
      const known = new Set(listing?.insns.map(({ insn }) => insn))
      expect(walk.map(({ insn }) => insn).filter((insn) => !known.has(insn))).toEqual([])
      expect(walk[0]).toMatchObject({ insn: 0, decision: undefined })
      // Every register that an instruction reads is known before it: r1 is the context at first, r10 the frame.
      expect(walk.some(({ state }) => state.includes('R1=ctx('))).toBe(true)
      expect(walk.map((_, index) => registersAt(walk, index)).filter((state) => state === '')).toEqual([])
      expect(statistics.map(({ name }) => name)).toContain('instructions looked at')
    }
    expect(chapters.attach.links.map(({ program, target }) => [program, target])).toEqual([
      ['handle_exit', 'tracepoint sched/sched_process_exit'],
      ['handle_exec', 'tracepoint sched/sched_process_exec'],
    ])
    const { syscalls } = chapters.syscalls
    // Older kernels refuse what newer ones are asked first.
    const opened = syscalls.filter(
      ({ command, result }) =>
        (command === 'BPF_PROG_LOAD' || command === 'BPF_MAP_CREATE') && /^\d+$/.test(result),
    )
    expect(opened.length).toBeGreaterThan(2)
    for (const { result } of opened) {
      const closed = syscalls.filter(
        (each) => each.syscall === 'close' && each.arguments.some(({ value }) => value === result),
      )
      expect(closed.length).toBeGreaterThan(0)
    }
  })

  bpfTest('tells the path that failed and the registers that it failed on', () => {
    const insns = [call(14), movReg(6, 0), movImm(1, 8), loadMem(BPF_DW, 0, 1, 0), exit()]
    const bytes = writeObject({
      programs: [{ name: 'reckless', section: 'tp/sched/sched_switch', insns }],
      license: 'GPL',
    })
    const { chapters, failures } = explain(bytes, 'reckless.bpf.o')
    expect(failures).toMatchObject([{ chapter: 'verifier', code: 'VERIFIER_REJECTED', program: 'reckless' }])
    const [report] = chapters.verifier.programs
    expect(report?.reason).toMatch(/^R1 invalid mem access/)
    expect(report?.walk.map(({ insn }) => insn)).toEqual([0, 1, 2, 3])
    expect(report?.registers[0]).toMatchObject({ register: 'R1', writtenAt: 2 })
    expect(chapters.attach.links).toMatchObject([{ program: 'reckless', how: undefined }])
  })
})
