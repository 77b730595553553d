import { describe, expect, it } from 'vitest'
import { mapText, unlistedText } from '../../../src/commands/run/map_text.ts'

describe('what maps hold', () => {
  it('has a histogram for a variable that is one', () => {
    const entries = [
      { key: 'total', values: [4] },
      { key: 'hist', values: [[1, 3, 0]] },
    ]
    expect(mapText({ name: 'variables', kind: '.bss', isPerCpu: false, entries })).toBe(
      `variables (.bss): 2 entries
  total: 4
     hist                : count    distribution
         0 -> 1          : 1        |*************                           |
         2 -> 3          : 3        |****************************************|
`,
    )
  })

  it('says of which maps it says nothing', () => {
    expect(unlistedText({ name: 'stacks', kind: 'stack_trace' })).toBe(
      'stacks (stack_trace): what it holds is not shown\n',
    )
    expect(unlistedText({ name: 'rb', kind: 'ringbuf' })).toBe('')
  })
})
