import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { LinkBudget } from '../../src/relocate/link_budget.ts'
import { ProgramAttempts } from '../../src/relocate/program_attempts.ts'
import { writeObject } from '../object/object_writer.ts'

const spec = parseObject(
  writeObject({ programs: ['a', 'b', 'c', 'd'].map((name) => ({ name, section: 'xdp' })) }),
  'test.bpf.o',
)
const [a, b, c, d] = [...spec.programs.values()]
const [subprogram] = parseObject(
  writeObject({ programs: [{ name: 'f', section: '.text' }] }),
  'f.bpf.o',
).functions

const fails = (message: string) => (): never => {
  throw new BpfError('BAD', message)
}

describe('ProgramAttempts', () => {
  it('gives results, keeps errors, and tells them in the order of the programs', () => {
    const attempts = new ProgramAttempts(spec, new LinkBudget(spec))
    expect(attempts.run(d!, fails('d is bad'))).toEqual([])
    expect(attempts.run(a!, () => 1)).toEqual([1])
    expect(attempts.run(b!, fails('b is bad'))).toEqual([])
    expect(attempts.failures([a!, b!, c!, d!])).toMatchObject([
      { program: 'b', error: { code: 'BAD', message: 'b is bad' } },
      { program: 'd', error: { code: 'BAD', message: 'd is bad' } },
    ])
  })

  it('makes a relocation error of what a function fails with, for all programs that need it', () => {
    const attempts = new ProgramAttempts(spec, new LinkBudget(spec))
    const results = attempts.perFunction(fails('f is bad'))
    for (const program of [a!, b!, c!]) attempts.run(program, () => results.get(subprogram!))
    const failures = attempts.failures([a!, b!, c!, d!])
    expect(failures.map(({ program }) => program)).toEqual(['a', 'b', 'c'])
    expect(new Set(failures.map(({ error }) => error)).size).toBe(1)
    expect(failures[0]?.error).toMatchObject({
      code: 'RELOCATION_FUNCTION_FAILED',
      message: 'f is bad; programs a, b and c need it',
      cause: { code: 'BAD' },
    })
  })
})
