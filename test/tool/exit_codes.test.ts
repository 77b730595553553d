import { describe, expect, it } from 'vitest'
import { exitCodes } from '../../src/tool/exit_codes.ts'

describe('exitCodes', () => {
  it('are those that scripts rely on', () => {
    expect(exitCodes).toEqual({ ok: 0, failed: 1, usage: 64, notPermitted: 77 })
  })
})
