import { describe, expect, it } from 'vitest'
import type { GuestLine } from './guest/results.ts'
import { GuestResults } from './guest_results.ts'
import { chooseGuests, guests } from './guests.ts'
import { kernelsDocument, summary } from './report.ts'

const ENDED: GuestLine = { kind: 'ended', seconds: 5, warnings: [] }
const BOOTED: GuestLine = { kind: 'booted', release: '6.1.0', arch: 'x64', node: 'v20.0.0', uptime: 4.25 }
const test = (name: string, state: 'passed' | 'failed' | 'skipped'): GuestLine => ({
  kind: 'test',
  file: 'test/a.test.ts',
  name,
  state,
  milliseconds: 1,
  errors: [],
})
const feature = (name: string, excuse?: string, since = 'Linux 6.9'): GuestLine => ({
  kind: 'feature',
  feature: { name, since, tests: [name], missing: excuse && 'EINVAL', excuse },
})

function results(index: number, lines: readonly GuestLine[], failure?: string): GuestResults {
  const found = new GuestResults(guests[index]!, 'release')
  for (const line of lines) found.add(line)
  found.end({ seconds: 12, failure, consoleTail: ['last words'] })
  return found
}

describe('a guest', () => {
  it('is passed where tests passed, none failed, and it ended by itself', () => {
    expect(results(0, [BOOTED, test('a', 'passed'), ENDED]).isPassed).toBe(true)
    expect(results(0, [BOOTED, ENDED]).isPassed).toBe(false)
    expect(results(0, [test('a', 'passed'), test('b', 'failed'), ENDED]).isPassed).toBe(false)
    expect(results(0, [test('a', 'passed')], 'it hung').isPassed).toBe(false)
  })

  it('that hangs says where it was, and the last of its console', () => {
    const lines: readonly GuestLine[] = [{ kind: 'file-started', file: 'test/x.test.ts' }]
    expect(results(0, lines, 'it ran for longer than 9 s').complaints).toEqual([
      "THE GUEST FAILED: it ran for longer than 9 s; it was in test/x.test.ts; the console's last lines:",
      'last words',
    ])
  })

  it('whose kernel found a bug is not passed', () => {
    const warned = results(0, [test('a', 'passed'), { ...ENDED, warnings: ['WARNING: CPU: 0'] }])
    expect(warned.isPassed).toBe(false)
    expect(warned.complaints).toEqual(['the kernel says: WARNING: CPU: 0'])
  })
})

describe('the tables', () => {
  const all = [
    results(0, [
      BOOTED,
      test('arenas', 'skipped'),
      test('x', 'passed'),
      feature('arenas', 'this kernel is older'),
    ]),
    results(2, [BOOTED, test('arenas', 'passed'), feature('arenas'), ENDED]),
    results(3, [BOOTED, test('arenas', 'failed'), feature('arenas'), ENDED]),
  ]

  it('say of each feature whether a kernel has it', () => {
    expect(summary(all, 75)).toMatch(/^arenas +Linux 6\.9 +- +ok +FAILED$/m)
    expect(summary(all, 75)).toContain('1 min 15 s in all')
  })

  it('are a page of their own', () => {
    const page = kernelsDocument(all, { date: new Date('2026-01-02'), seconds: 75, commit: 'abc' })
    expect(page).toContain('on 2026-01-02, at commit abc')
    expect(page).toContain('| arenas | Linux 6.9 | - | ok | FAILED |')
  })
})

describe('chooseGuests', () => {
  it('takes all where none is named, and refuses names that are none', () => {
    expect(chooseGuests([])).toHaveLength(guests.length)
    expect(chooseGuests(['6.1']).map(({ suite }) => suite)).toEqual(['bookworm'])
    expect(() => chooseGuests(['4.4'])).toThrow('there is no guest 4.4; there are 5.10,')
  })

  it('say where a feature came later on arm64', () => {
    const later = results(4, [BOOTED, feature('fentry', 'this kernel is older', 'Linux 6.4'), ENDED])
    const text = summary([results(0, [BOOTED, feature('fentry', undefined, 'Linux 5.7'), ENDED]), later], 60)
    expect(text).toMatch(/^fentry +Linux 5\.7, Linux 6\.4 on arm64 +ok +-$/m)
  })
})
