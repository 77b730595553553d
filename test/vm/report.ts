import type { FeatureResult } from './guest/results.ts'
import type { GuestResults } from './guest_results.ts'

/** What a full run is called in docs/kernels.md. */
export interface RunFacts {
  readonly date: Date
  /** Seconds that the whole run took. */
  readonly seconds: number
  /** The commit that was tested. */
  readonly commit: string
}

/** A table of the guests, for a terminal: what passed, and what it took. */
export function summary(all: readonly GuestResults[], seconds: number): string {
  const header = ['guest', 'kernel', 'boot', 'tests', 'in all', 'passed', 'failed', 'skipped', '']
  const rows = all.map((guest) => [
    guest.guest.name,
    guest.release,
    `${guest.bootTime.toFixed(1)} s`,
    `${guest.testTime} s`,
    `${guest.totalTime.toFixed(0)} s`,
    String(guest.count('passed')),
    String(guest.count('failed')),
    String(guest.count('skipped')),
    guest.isPassed ? 'ok' : 'FAILED',
  ])
  return [...columns([header, ...rows]), '', ...matrix(all), '', `${minutes(seconds)} in all`].join('\n')
}

/** The kernels by features, for a terminal. */
function matrix(all: readonly GuestResults[]): readonly string[] {
  const header = ['feature', 'since', ...all.map(({ guest }) => guest.name)]
  const rows = featuresOf(all).map(({ name, since }) => [
    name,
    since,
    ...all.map((guest) => cell(guest, name)),
  ])
  return columns([header, ...rows])
}

/** docs/kernels.md. */
export function kernelsDocument(all: readonly GuestResults[], { date, seconds, commit }: RunFacts): string {
  const day = date.toISOString().slice(0, 10)
  return `# Kernels

What \`npm run test:vm\` found on ${day}, at commit ${commit}: Debian's kernels in qemu, the tests that ask the kernel in each.
This page is written by that command; ${minutes(seconds)} in all, on ${all.map(({ node }) => node)[0] ?? ''} of Node.js.

${markdown([
  ['guest', 'kernel', 'boot', 'tests', 'passed', 'failed', 'skipped'],
  ...all.map((guest) => [
    guest.guest.name,
    guest.release,
    `${guest.bootTime.toFixed(1)} s`,
    `${guest.testTime} s`,
    String(guest.count('passed')),
    String(guest.count('failed')),
    String(guest.count('skipped')),
  ]),
])}

## Features

\`ok\`: the tests of the feature passed. Otherwise the kernel does not have it, by the answer of a probe, and may lack it: it is
older than the release that brought it (\`-\`), or was built without an option. Anything else is a failure.

${markdown([
  ['feature', 'since', ...all.map(({ guest }) => guest.name)],
  ...featuresOf(all).map(({ name, since }) => [name, since, ...all.map((guest) => cell(guest, name))]),
])}
`
}

/** Every feature that a guest was asked for, by the release that brought it; of arm64 where it came later there. */
function featuresOf(all: readonly GuestResults[]): readonly Pick<FeatureResult, 'name' | 'since'>[] {
  const releases = new Map<string, string[]>()
  for (const { name, since } of all.flatMap(({ features }) => features)) {
    releases.set(name, [...(releases.get(name) ?? []), since])
  }
  const features = [...releases].map(([name, found]) => {
    const [first = '', ...later] = [...new Set(found)].sort((a, b) => release(a) - release(b))
    return { name, since: [first, ...later.map((since) => `${since} on arm64`)].join(', ') }
  })
  return features.sort((a, b) => release(a.since) - release(b.since) || (a.name < b.name ? -1 : 1))
}

/** A number that orders `Linux 6.12` behind `Linux 6.9`. */
function release(since: string): number {
  const [major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(since)?.slice(1).map(Number) ?? []
  return major * 1000 + minor
}

function cell(guest: GuestResults, name: string): string {
  const feature = guest.features.find((each) => each.name === name)
  if (feature === undefined) return 'not run'
  const own = guest.tests.filter((test) => feature.tests.some((title) => test.name.includes(title)))
  if (own.some(({ state }) => state === 'failed')) return 'FAILED'
  if (feature.missing === undefined) return 'ok'
  return feature.excuse === 'this kernel is older' ? '-' : (feature.excuse ?? 'FAILED')
}

const minutes = (seconds: number): string => `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`

function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => (row[index] ?? '').length)))
  return rows.map((row) =>
    row
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function markdown([header = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}
