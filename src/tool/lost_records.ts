import type { LoadedObject } from '../index.ts'

/** Where objects count what they had no room for, and what is said of it. */
const losses = [
  {
    variable: 'lost_records',
    text: (count: bigint) => `lost ${amount(count, 'record')}: the buffer was full`,
  },
  {
    variable: 'lost_counts',
    text: (count: bigint) => `did not count ${amount(count, 'event')}: a map was full`,
  },
]

/** Says on standard error what was lost. */
export function reportLost(name: string, { globals }: LoadedObject): void {
  for (const { variable, text } of losses) {
    const lost = variable in globals ? globals[variable] : 0n
    if (typeof lost === 'bigint' && lost !== 0n) process.stderr.write(`${name}: ${text(lost)}\n`)
  }
}

function amount(count: bigint, noun: string): string {
  return `${count} ${noun}${count === 1n ? '' : 's'}`
}
