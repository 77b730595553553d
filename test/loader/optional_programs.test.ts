import { describe, it } from 'vitest'
import { requireProgramNames } from '../../src/loader/optional_programs.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { smallSpec } from './small_object.ts'

describe('requireProgramNames', () => {
  it('takes all, none, and names of programs', () => {
    for (const optional of ['all', [], ['on_exec'], ['on_exit', 'on_exec']] as const)
      requireProgramNames(smallSpec(), optional)
  })

  it('refuses the name of no program', () => {
    bpfErrorOf('OBJECT_UNKNOWN_NAME', () => {
      requireProgramNames(smallSpec(), ['on_exec', 'counts'])
    })
  })
})
