import { describe, expect, it } from 'vitest'
import { failingPath } from '../../src/verifier/failing_path.ts'
import { parseVerifierLog } from '../../src/verifier/parse_log.ts'
import { type RegisterThatMatters, registersThatMatter } from '../../src/verifier/registers_that_matter.ts'
import { logOf } from './kernel_logs.ts'

function registersOf(log: string): readonly RegisterThatMatters[] {
  const path = failingPath(parseVerifierLog(log))
  if (path === undefined) throw new Error('the log has no path')
  return registersThatMatter(path)
}

const joined = (...lines: readonly string[]): string => `${lines.join('\n')}\n`

/** The register, its value, and where it was written, as `how insn`. */
const brief = ({ register, value, written }: RegisterThatMatters): readonly (string | undefined)[] => [
  register,
  value,
  written === undefined ? undefined : `${written.how} ${written.insn}`,
]

describe('the registers that matter', () => {
  it('are those of the reason, then those of the instruction', () => {
    const registers = registersOf(
      joined(
        '0: R1=ctx() R10=fp0',
        '0: (b7) r0 = 7    ; R0=7',
        '1: (b7) r2 = 8    ; R2=8',
        '2: (7b) *(u64 *)(r0 +0) = r2',
        "R0 invalid mem access 'scalar'",
      ),
    )
    expect(registers.map(({ register, namedBy }) => [register, namedBy])).toEqual([
      ['R0', 'reason'],
      ['R2', 'instruction'],
    ])
    expect(registers.map(brief)).toEqual([
      ['R0', '7', 'assigned 0'],
      ['R2', '8', 'assigned 1'],
    ])
    expect(registers[1]?.written).toEqual({ insn: 1, text: 'r2 = 8', step: 1, how: 'assigned' })
  })

  it('have what the last branch knew of them, and the place where they were written before it', () => {
    const registers = registersOf(
      joined(
        '0: (61) r2 = *(u32 *)(r1 +0)    ; R1=ctx() R2=scalar()',
        '1: (15) if r2 == 0x0 goto pc+1    ; R2=scalar(umin=1)',
        '2: (95) exit',
        'from 1 to 3: R1=ctx() R2=0 R10=fp0',
        '3: (bf) r0 = r2',
        'R2 is 0',
      ),
    )
    expect(registers.map(brief)[0]).toEqual(['R2', '0', 'assigned 0'])
  })

  it('were lost in a call, where they are R1 to R5', () => {
    const registers = registersOf(
      joined(
        '0: R1=ctx() R10=fp0',
        '0: (85) call bpf_get_prandom_u32#7    ; R0=scalar()',
        '1: (bf) r0 = r1',
        'R1 !read_ok',
      ),
    )
    expect(registers.map(brief)[0]).toEqual(['R1', undefined, 'lost 0'])
  })

  it('have the values that the program starts with', () => {
    const registers = registersOf(joined('0: R1=ctx() R10=fp0', '0: (07) r1 += 4', 'R1 no'))
    expect(registers.map(brief)).toEqual([['R1', 'ctx()', undefined]])
  })

  it('were passed by the caller, and written there', () => {
    const registers = registersOf(
      joined(
        '0: (b7) r1 = 7    ; R1=7',
        '1: (b7) r6 = 8    ; R6=8',
        '2: (85) call pc+1',
        'caller:',
        ' R6=8 R10=fp0',
        'callee:',
        ' frame1: R1=7 R10=fp0',
        '4: (0f) r1 += r6',
        'R6 !read_ok',
      ),
    )
    expect(registers.map(brief)).toEqual([
      ['R6', undefined, undefined],
      ['R1', '7', 'assigned 0'],
    ])
  })

  it('are not mistaken for those of a function that has returned', () => {
    const registers = registersOf(
      joined(
        '0: (b7) r6 = 8    ; R6=8',
        '1: (85) call pc+2',
        'caller:',
        ' R6=8 R10=fp0',
        'callee:',
        ' frame1: R10=fp0',
        '4: frame1: R10=fp0',
        '4: (b7) r6 = 9    ; frame1: R6=9',
        '5: (b7) r0 = 1    ; frame1: R0=1',
        '6: (95) exit',
        'returning from callee:',
        ' frame1: R0=1 R6=9 R10=fp0',
        'to caller at 2:',
        ' R0=1 R6=8 R10=fp0',
        '2: (0f) r0 += r6',
        'R6 and R0',
      ),
    )
    expect(registers.map(brief)).toEqual([
      ['R6', '8', 'assigned 0'],
      ['R0', '1', 'assigned 1'],
    ])
  })

  it('were given to a callback by the call that it was passed to', () => {
    const { level2 } = logOf('6.18', 'path_through_callback')
    const path = failingPath(parseVerifierLog(level2))
    const steps = path?.steps.slice(0, -4) ?? []
    const registers = registersThatMatter({ steps, start: 'there', dropped: 0, reason: ['R1'] })
    expect(brief(registers[0] ?? expect.fail('none'))).toEqual(['R1', 'scalar()', 'passed 9'])
  })

  it('are the slots of the stack that the reason names', () => {
    const registers = registersOf(
      joined(
        '0: (7b) *(u64 *)(r10 -16) = r1    ; R1=ctx() R10=fp0 fp-16=ctx()',
        '1: (61) r2 = *(u32 *)(r10 -12)',
        'invalid read from stack off -12+0 size 4',
      ),
    )
    expect(registers.map(brief)[0]).toEqual(['fp-16', 'ctx()', 'assigned 0'])
  })

  it('are those of arguments that are counted from 0', () => {
    const registers = registersOf(
      joined(
        '0: (bf) r1 = r10    ; R1=fp0',
        '1: (85) call bpf_iter_num_next#9',
        'arg#0 expected pointer to an iterator on stack',
      ),
    )
    expect(registers.map(brief)).toEqual([['R1', 'fp0', 'assigned 0']])
  })

  it('are the return value at the end of the program', () => {
    const registers = registersOf(joined('0: (b7) r0 = 2    ; R0=2', '1: (95) exit', 'no'))
    expect(registers.map(brief)).toEqual([['R0', '2', 'assigned 0']])
  })

  it('have their values in logs of Linux 5.10 at both levels', () => {
    for (const log of [
      logOf('5.10', 'path_through_functions').level1,
      logOf('5.10', 'path_through_functions').level2,
    ]) {
      const [first] = registersOf(log)
      expect(brief(first ?? expect.fail('none'))).toEqual([
        'R0',
        expect.stringContaining('map_value_or_null'),
        'assigned 15',
      ])
    }
  })
})
