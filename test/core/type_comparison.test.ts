import { describe, expect, it } from 'vitest'
import { MAX_COMPARISON_DEPTH, TypeComparison } from '../../src/core/type_comparison.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { built } from '../btf/build.ts'

const { btf } = built(() => undefined)

describe('TypeComparison', () => {
  it('lets a million steps pass, and no more', () => {
    const comparison = new TypeComparison(btf, btf)
    comparison.spend(999_999)
    comparison.spend(1)
    const error = bpfErrorOf('CORE_BAD_RELOCATION', () => {
      comparison.spend(1)
    })
    expect(error.message).toContain('types of test with those of test')
  })

  it('lets as many levels pass as libbpf does', () => {
    const comparison = new TypeComparison(btf, btf)
    expect(MAX_COMPARISON_DEPTH).toBe(32)
    comparison.requireDepth(31)
    bpfErrorOf('CORE_BAD_RELOCATION', () => {
      comparison.requireDepth(32)
    })
  })
})
