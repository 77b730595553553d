import { describe, expect, it } from 'vitest'
import { explainRejection, type RejectionContext } from '../../src/verifier/explain_rejection.ts'
import { rejectionKinds } from '../../src/verifier/rejections/table.ts'
import { kernelReasons } from './kernel_logs.ts'
import { rejectionSamples } from './rejection_samples.ts'

const nothing: RejectionContext = { insn: undefined, registers: [] }

/** Kernels that refuse a program for another reason than the one it was written for. */
const otherwise: Readonly<Record<string, string>> = {
  '5.10 global_function_argument': 'function-types',
  '5.10 sleeping_call': 'helper-not-for-type',
  '6.1 sleeping_call': 'helper-not-for-type',
}

/** The instruction that a reason is only of its kind at. */
const contexts: Readonly<Record<string, RejectionContext>> = {
  no_return_value: { insn: 'exit', registers: [] },
}

describe('a reason of a real kernel', () => {
  const reasons = Object.entries(kernelReasons).flatMap(([kernel, ofKernel]) =>
    Object.entries(ofKernel).map(([program, lines]) => ({ kernel, program, lines })),
  )

  it.each(reasons)('is explained: Linux $kernel, $program', ({ kernel, program, lines }) => {
    const kind = otherwise[`${kernel} ${program}`] ?? program.replaceAll('_', '-')
    expect(explainRejection(lines.join('\n'), contexts[program] ?? nothing)?.kind).toBe(kind)
    expect(explainRejection(lines.join('; '), contexts[program] ?? nothing)?.kind).toBe(kind)
  })
})

describe('every kind', () => {
  it.each(Object.entries(rejectionSamples))(
    'of which no kernel was asked is explained: %s',
    (kind, samples) => {
      for (const sample of samples)
        expect([sample, explainRejection(sample, nothing)?.kind]).toEqual([sample, kind])
    },
  )

  it('has a name of its own, and words that it is known by', () => {
    const tried = new Set([
      ...Object.keys(rejectionSamples),
      ...Object.values(kernelReasons).flatMap((ofKernel) =>
        Object.keys(ofKernel).map((program) => program.replaceAll('_', '-')),
      ),
      ...Object.values(otherwise),
    ])
    const kinds = rejectionKinds.map(({ kind }) => kind)
    expect(kinds.toSorted()).toEqual([...tried].sort())
  })

  it('has texts that are complete sentences, with no mark of a variable left', () => {
    for (const { kind, title, sentence, advice } of rejectionKinds) {
      expect([kind, /^[A-Z\d].*[^.]$/.test(title)]).toEqual([kind, true])
      expect([kind, /^[A-Z{].*[.\]]$/.test(sentence)]).toEqual([kind, true])
      expect([kind, /^[A-Z].*\.$/.test(advice)]).toEqual([kind, true])
      expect([kind, /[{}]/.test(advice)]).toEqual([kind, false])
    }
  })

  it('fills in only what its words have, outside of brackets', () => {
    for (const { kind, reason, sentence } of rejectionKinds) {
      const needed = [...sentence.replace(/\[[^\]]*\]/g, '').matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      for (const pattern of reason) {
        const groups = [...pattern.source.matchAll(/\(\?<(\w+)>/g)].map(([, name]) => name)
        expect([kind, pattern.source, needed.filter((name) => !groups.includes(name))]).toEqual([
          kind,
          pattern.source,
          [],
        ])
      }
    }
  })

  it('has patterns that take no long time for a long reason', () => {
    for (const piece of [
      'R1 ',
      'a',
      '1',
      'invalid access to ',
      'R1 type=',
      '\n',
      'arg#1 pointer type X ',
      ' ',
    ]) {
      // What grows with the square of the length would not come to an end here.
      expect(() => explainRejection(piece.repeat(1 << 16), nothing)).not.toThrow()
    }
  })
})

describe('the sentence', () => {
  it('says what the register holds, where that is known', () => {
    const registers = [{ register: 'R1', value: 'scalar(umax=7)' }]
    expect(explainRejection("R1 invalid mem access 'scalar'", { insn: undefined, registers })?.sentence).toBe(
      'R1 is no pointer to the verifier here but a number: scalar(umax=7). Memory may be accessed only through a pointer whose ' +
        'origin the verifier knows.',
    )
    expect(explainRejection("R1 invalid mem access 'scalar'", nothing)?.sentence).toContain(
      'but a number. Memory',
    )
  })

  it('has the numbers of the verifier’s words', () => {
    expect(
      explainRejection('invalid access to map value, value_size=8 off=8 size=4', nothing)?.sentence,
    ).toContain('may take 4 bytes at offset 8 of a map value that has 8')
  })

  it('is that of the program’s end where the register is the return value', () => {
    expect(explainRejection('R0 !read_ok', { insn: 'exit', registers: [] })?.kind).toBe('no-return-value')
    expect(explainRejection('R0 !read_ok', { insn: 'r1 = r0', registers: [] })?.kind).toBe(
      'uninitialised-register',
    )
  })

  it('comes with the function of the kernel', () => {
    expect(explainRejection('R1 !read_ok', nothing)?.source).toBe(
      '__check_reg_arg() in kernel/bpf/verifier.c',
    )
    expect(explainRejection('access beyond struct x at off 8 size 4', nothing)?.source).toBe(
      'btf_struct_walk() in kernel/bpf/btf.c',
    )
  })

  it('is none for words that are not known', () => {
    expect(explainRejection('the moon is full', nothing)).toBeUndefined()
    expect(explainRejection('', nothing)).toBeUndefined()
  })
})
