import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  aluImm,
  call,
  exit,
  ja,
  jumpImm,
  loadImm64,
  loadMapFd,
  loadWide,
  movImm,
  movReg,
  type WideInsn,
} from '../../src/insn/assemble.ts'
import type { Insn } from '../../src/insn/insn.ts'
import { BPF_AND, BPF_JEQ, BPF_LSH, BPF_PSEUDO_BTF_ID } from '../../src/insn/opcodes.ts'
import { PermissionError } from '../../src/kernel/capabilities.ts'
import { isBefore, type KernelVersion, readKernelVersion } from '../../src/kernel/kernel_version.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { VerifierError } from '../../src/loader/verifier_error.ts'
import type { VerifierLogOption } from '../../src/loader/verifier_log_option.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { explainRejection } from '../../src/verifier/explain_rejection.ts'
import { type FailingPath, failingPath } from '../../src/verifier/failing_path.ts'
import { parseVerifierLog } from '../../src/verifier/parse_log.ts'
import { registersThatMatter } from '../../src/verifier/registers_that_matter.ts'
import { rejectionKinds } from '../../src/verifier/rejections/table.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeObject } from '../object/object_writer.ts'
import { bpfTest } from './require.ts'

const folder = 'test/fixtures/rejections'

/** They make the verifier look at many instructions, which takes an emulated processor minutes, and do so on every kernel. */
const isLong = (name: string): boolean => name.startsWith('too_many')

const names = readdirSync(folder)
  .filter((file) => file.endsWith('.bpf.o'))
  .map((file) => file.replace('.bpf.o', ''))
  .filter((name) => !isLong(name) || process.env['RAWBPF_GUEST'] !== '1')

/** The kinds of the programs whose paths are long; all others are called after their kind. */
const kinds: Readonly<Record<string, string>> = {
  path_through_loops: 'map-value-bounds',
  path_through_functions: 'possibly-null-access',
  path_through_iterator: 'possibly-null-access',
  path_through_callback: 'return-value-range',
}

/** From which kernel on a program is refused as its kind; of kernels between those that were asked, the later one. */
const since: Readonly<Record<string, KernelVersion>> = {
  callback: [6, 12],
  dynptr_argument: [6, 12],
  global_function_argument: [6, 1],
  initialised_object: [6, 12],
  interrupt_region: [6, 18],
  iterator_argument: [6, 12],
  kernel_function_not_allowed: [6, 12],
  memory_argument: [6, 12],
  modified_pointer: [6, 1],
  path_through_callback: [6, 1],
  path_through_iterator: [6, 12],
  preemption_region: [6, 12],
  rcu_region: [6, 12],
  scalar_argument: [6, 12],
  sleepable_map: [6, 1],
  sleeping_call: [6, 12],
  untrusted_pointer: [6, 12],
  wrong_object: [6, 12],
}

const answers = new Map<string, VerifierError>()

/** @throws Error where the kernel takes the program, or refuses it without a word of the verifier's. */
function refusal(name: string, verifierLog: VerifierLogOption): VerifierError {
  const key = `${name} ${verifierLog}`
  const answer = answers.get(key) ?? askFor(name, verifierLog)
  answers.set(key, answer)
  return answer
}

function askFor(name: string, verifierLog: VerifierLogOption): VerifierError {
  try {
    const object = parseObject(readFileSync(`${folder}/${name}.bpf.o`), `${name}.bpf.o`)
    loadObject(object, { verifierLog }).close()
  } catch (error) {
    if (error instanceof VerifierError) return error
    throw error
  }
  throw new Error(`the kernel takes ${name}.bpf.o`)
}

/** Tests of a program's refusal: skipped on kernels before those that are known to refuse it so. */
function refusalTest(name: string): typeof bpfTest {
  const excuse = excuseFor(name)
  if (excuse === undefined) return bpfTest
  return (title, body) => {
    it.skip(`${title} (${excuse})`, body)
  }
}

function excuseFor(name: string): string | undefined {
  const release = since[name] ?? [5, 8]
  if (isBefore(readKernelVersion() ?? [0, 0], release)) return `needs Linux ${release.join('.')}`
  try {
    refusal(name, 'on-failure')
    return undefined
  } catch (error) {
    const isPolicy = error instanceof PermissionError && mayLoad() && process.env['RAWBPF_GUEST'] !== '1'
    return isPolicy ? 'a policy of this machine forbids such programs' : undefined
  }
}

/** Whether the tests run with the right to load anything at all. */
function mayLoad(): boolean {
  try {
    loadObject(
      parseObject(writeObject({ programs: [{ section: 'tc', insns: [movImm(0, 0), exit()] }] }), 'x.bpf.o'),
    ).close()
    return true
  } catch {
    return false
  }
}

function visitsOf(path: FailingPath | undefined): readonly string[] {
  return (path?.steps ?? []).flatMap(({ entry, decision }) =>
    entry.kind === 'visit' ? [`${entry.insn}: ${withoutAddress(entry.text)} ${decision ?? ''}`] : [],
  )
}

/** Maps are at another address each time. */
const withoutAddress = (text: string): string => text.replace(/0x[0-9a-f]{12,}/, 'an address')

describe('programs that the verifier refuses', () => {
  for (const name of names) {
    const test = refusalTest(name)

    test(`${name} is explained`, () => {
      const error = refusal(name, 'on-failure')
      const log = parseVerifierLog(error.log, { visitsPerInsn: 8 })
      const path = failingPath(log)
      const last = path?.steps.findLast(({ entry }) => entry.kind === 'visit')?.entry
      const insn = last?.kind === 'visit' ? last : undefined
      const registers = path === undefined ? [] : registersThatMatter(path)
      const explained = explainRejection(log.reason.join('\n'), {
        insn: insn?.text,
        registers: registers.flatMap(({ register, value }) =>
          value === undefined ? [] : [{ register, value }],
        ),
      })
      expect(explained?.kind).toBe(kinds[name] ?? name.replaceAll('_', '-'))
      const kind = rejectionKinds.find((known) => known.kind === explained?.kind)
      expect(path === undefined).toBe(error.insn === undefined || kind?.found === 'after all paths')
      if (path !== undefined) expect(insn?.insn).toBe(error.insn)
    })

    if (isLong(name)) continue
    // At level 1 the verifier takes back what it wrote of other paths, so that its log has the failing path and nothing else.
    test(`${name} fails on the same path at both levels of the log`, () => {
      const [short, long] = (['on-failure', 'full'] as const).map((level) =>
        failingPath(parseVerifierLog(refusal(name, level).log)),
      )
      expect(visitsOf(long)).toEqual(visitsOf(short))
      expect(long?.start).toBe(short?.start)
    })
  }
})

/** What clang does not make of C: instructions by kind. */
const assembled: Readonly<Record<string, readonly (Insn | WideInsn)[]>> = {
  'frame-pointer-write': [movImm(10, 0), movImm(0, 0), exit()],
  'jump-into-immediate': [jumpImm(BPF_JEQ, 1, 0, 1), loadImm64(0, 7n), exit()],
  'jump-out-of-range': [movImm(0, 0), ja(9), exit()],
  'kernel-symbol': [loadWide(1, BPF_PSEUDO_BTF_ID, 0x7fffffff, 0), movImm(0, 0), exit()],
  'malformed-instruction': [{ code: 0x8f, dst: 0, src: 0, off: 0, imm: 0 }, movImm(0, 0), exit()],
  'map-reference': [loadMapFd(1, 9999), movImm(0, 0), exit()],
  'no-exit': [exit(), movImm(0, 0)],
  'no-return-value': [exit()],
  'pointer-arithmetic': [aluImm(BPF_AND, 1, 7), movImm(0, 0), exit()],
  shift: [movImm(0, 0), aluImm(BPF_LSH, 0, 64), exit()],
  'uninitialised-register': [movReg(0, 2), exit()],
  'unknown-helper': [call(9999), movImm(0, 0), exit()],
  unreachable: [movImm(0, 0), exit(), movImm(0, 0), exit()],
}

describe('instructions that the verifier refuses', () => {
  for (const [kind, insns] of Object.entries(assembled)) {
    bpfTest(`${kind} is explained`, () => {
      const object = parseObject(writeObject({ programs: [{ section: 'tc', insns }] }), 'assembled.bpf.o')
      const error = bpfErrorOf('VERIFIER_REJECTED', () => loadObject(object))
      const { reason } = parseVerifierLog(error instanceof VerifierError ? error.log : '')
      const path = failingPath(parseVerifierLog(error instanceof VerifierError ? error.log : ''))
      const last = path?.steps.at(-1)?.entry
      const insn = last?.kind === 'visit' ? last.text : undefined
      expect([reason, explainRejection(reason.join('\n'), { insn, registers: [] })?.kind]).toEqual([
        reason,
        kind,
      ])
    })
  }
})

if (names.includes('too_many_instructions')) {
  refusalTest('too_many_instructions')('a log of a million instructions is kept in part', () => {
    const { log } = refusal('too_many_instructions', 'on-failure')
    const { entries, dropped, path, statistics } = parseVerifierLog(log, { visitsPerInsn: 4 })
    expect(log.length).toBeGreaterThan(1 << 25)
    expect(statistics?.processed).toBe(1_000_001)
    expect(dropped.visits).toBeGreaterThan(500_000)
    expect(entries.length).toBeLessThan(1_000)
    expect(path.length).toBeGreaterThan(4)
  })
}
