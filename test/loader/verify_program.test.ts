import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { aluImm, exit, loadMem, movImm } from '../../src/insn/assemble.ts'
import { BPF_ADD, BPF_DW } from '../../src/insn/opcodes.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { VerifierError } from '../../src/loader/verifier_error.ts'
import type { VerifierLogOption } from '../../src/loader/verifier_log_option.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { bpfTest } from '../kernel/require.ts'
import { type Answer, BpfKernel, bufferOf, fail, LOG_LEVEL, refusing, u32 } from './bpf_kernel.ts'
import { smallSpec } from './small_object.ts'

const EACCES = 13
const ENOSPC = 28
const ONE_PROGRAM = { programs: [{ name: 'main', section: 'socket' }] }

interface Writing {
  /** Which calls it was asked with, by their `log_level`. */
  readonly levels: number[]
  readonly answer: Answer
}

/** A verifier that accepts everything and writes `log` at the levels that it is asked for. */
function writing(kernel: BpfKernel, log: string): Writing {
  const levels: number[] = []
  const bytes = new TextEncoder().encode(log)
  const answer: Answer = (attr) => {
    const level = u32(attr, LOG_LEVEL)
    levels.push(level)
    if (level !== 0) {
      const buffer = bufferOf(attr, 'log_buf')
      buffer.set(bytes.subarray(0, buffer.length - 1))
      if (bytes.length >= buffer.length) fail('bpf', 'BPF_PROG_LOAD', ENOSPC)
    }
    return kernel.usually('BPF_PROG_LOAD', attr)
  }
  return { levels, answer }
}

function load(verifierLog: VerifierLogOption, log: string): { levels: readonly number[]; log: string } {
  const kernel = new BpfKernel()
  const { levels, answer } = writing(kernel, log)
  kernel.answers.BPF_PROG_LOAD = answer
  using object = loadObject(smallSpec(ONE_PROGRAM), { kernel, verifierLog })
  return { levels, log: object.programs.get('main')!.verifierLog }
}

describe('the option verifierLog', () => {
  it.each([
    { option: 'on-failure', levels: [0], log: '' },
    { option: 'stats', levels: [4], log: 'processed 2 insns' },
    { option: 'full', levels: [6], log: 'processed 2 insns' },
  ] as const)('$option loads with log level $levels', ({ option, levels, log }) => {
    expect(load(option, 'processed 2 insns')).toEqual({ levels, log })
  })

  it('full keeps what fits of a log that is too long, and loads the program without', () => {
    const { levels, log } = load('full', 'x'.repeat(1 << 26))
    expect(levels).toEqual([6, 6, 6, 6, 6, 6, 0])
    expect(log.length).toBe((1 << 26) - 1)
  })

  it.each([
    { option: 'on-failure', levels: [0, 1] },
    { option: 'stats', levels: [4, 1] },
    { option: 'full', levels: [6] },
  ] as const)('$option asks for the reason of a refusal with log levels $levels', ({ option, levels }) => {
    const kernel = new BpfKernel()
    const asked: number[] = []
    const refuse = refusing('0: (95) exit\nR0 !read_ok\n', EACCES)
    kernel.answers.BPF_PROG_LOAD = (attr) => {
      asked.push(u32(attr, LOG_LEVEL))
      return refuse(attr)
    }
    const spec = smallSpec(ONE_PROGRAM)
    const error = bpfErrorOf('VERIFIER_REJECTED', () => loadObject(spec, { kernel, verifierLog: option }))
    expect(error.message).toContain('R0 !read_ok')
    expect(asked).toEqual(levels)
  })

  bpfTest('stats keeps what the real verifier says', () => {
    using object = loadObject(smallSpec(ONE_PROGRAM), { kernel: openKernel(), verifierLog: 'stats' })
    expect(object.programs.get('main')!.verifierLog).toMatch(/^processed 2 insns/m)
  })

  bpfTest('full gets a long log with the second buffer, where the kernel tells its size', () => {
    const recording = recordingKernel(openKernel())
    const insns = [movImm(0, 0), ...Array.from({ length: 3000 }, () => aluImm(BPF_ADD, 0, 1)), exit()]
    const spec = smallSpec({ programs: [{ name: 'main', section: 'socket', insns }] })
    using object = loadObject(spec, { kernel: recording.kernel, verifierLog: 'full' })
    expect(object.programs.get('main')!.verifierLog).toMatch(/^0: \(b7\) r0 = 0[^]*^3000: /m)
    const loads = recording.calls.filter(({ command }) => command === 'BPF_PROG_LOAD')
    const sizes = loads.map((call) => Number(call.arguments['log_size']))
    expect(sizes[0]).toBe(1 << 16)
    expect(sizes.length).toBeLessThanOrEqual(3)
  })

  bpfTest('full keeps the states of registers', () => {
    using object = loadObject(smallSpec(ONE_PROGRAM), { kernel: openKernel(), verifierLog: 'full' })
    expect(object.programs.get('main')!.verifierLog).toMatch(/^0: \(b7\) r0 = 0( .*|\n1: )R0/m)
  })
})

describe('a refusal', () => {
  const refusal = (log: string, errno = EACCES): VerifierError => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_PROG_LOAD = refusing(log, errno)
    const insns = [movImm(0, 0), loadMem(BPF_DW, 0, 0, 0), exit()]
    const spec = smallSpec({ ...ONE_PROGRAM, programs: [{ ...ONE_PROGRAM.programs[0], insns }] })
    const error = bpfErrorOf('VERIFIER_REJECTED', () => loadObject(spec, { kernel }))
    return error instanceof VerifierError ? error : expect.fail('no VerifierError')
  }

  it('in the form of Linux 7.3 shows what the kernel says at length and suggests', () => {
    const log = readFileSync('test/fixtures/verifier-logs/report-null-without-lines.txt', 'utf8')
    expect(refusal(log).message.split('\n')).toEqual([
      "dir/small.bpf.o: the verifier refused program main (EACCES): R0 invalid mem access 'scalar'",
      '  Register Type Safety: Invalid dereference: R0 is an integer scalar here, not a pointer to memory.',
      '  instruction 1: r0 = *(u64 *)(r0 +0)',
      '  test.bpf.c:10: int main() {',
      '  suggestion: Preserve a pointer-valued register where needed, or reload and revalidate the pointer after scalar ' +
        'arithmetic, helper calls, or other operations that can invalidate it.',
    ])
  })

  it('with a report and no words before it has the report for its reason', () => {
    const log =
      'Verification failed: Policy: Operation is not allowed\n\nReason:\n  The call is not allowed.\n'
    expect(refusal(log).message).toBe(
      'dir/small.bpf.o: the verifier refused program main (EACCES): Policy: Operation is not allowed: The call is not allowed.',
    )
  })

  it('whose log is too long for any buffer keeps the errno that the kernel gave at first, and says what is missing', () => {
    const error = refusal('0: (b7) r0 = 0\n'.repeat(5_000_000))
    expect(error.cause).toMatchObject({ errnoName: 'EACCES' })
    expect(error.message).toContain('(EACCES)')
    expect(error.message).toContain('the log is longer than 64 MiB')
  })
})
