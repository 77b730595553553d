import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { insnIndex, sectionIndex } from '../../src/base/units.ts'
import type { FunctionSpec } from '../../src/object/function_spec.ts'
import { FunctionResults, outcomeOf } from '../../src/relocate/function_results.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

const fn: FunctionSpec = {
  name: 'f',
  section: sectionIndex(1),
  sectionName: '.text',
  start: insnIndex(0),
  insns: new Uint8Array(),
}

describe('FunctionResults', () => {
  it('looks at a function once', () => {
    let looked = 0
    const results = new FunctionResults(new Map(), () => ++looked)
    expect([results.get(fn), results.get(fn), results.outcome(fn)]).toEqual([
      1,
      1,
      { kind: 'done', result: 1 },
    ])
  })

  it('throws one and the same error each time, and tells which function it is about', () => {
    const blamed = new Map<BpfError, FunctionSpec>()
    let looked = 0
    const results = new FunctionResults(blamed, () => {
      throw new BpfError('BAD', `look ${++looked}`)
    })
    const error = bpfErrorOf('BAD', () => results.get(fn))
    expect(bpfErrorOf('BAD', () => results.get(fn))).toBe(error)
    expect([looked, blamed.get(error)]).toEqual([1, fn])
  })

  it('passes on what is no BpfError, which is a bug of ours', () => {
    const bug = new TypeError('a bug')
    const attempt = (): never => {
      throw bug
    }
    expect(() => outcomeOf(attempt)).toThrow(bug)
    expect(() => new FunctionResults(new Map(), attempt).outcome(fn)).toThrow(bug)
  })
})
