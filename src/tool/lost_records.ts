import type { LoadedObject } from '../index.ts'

/** Says on standard error what was lost. Objects count in `lost_records` what found a buffer full. */
export function reportLost(name: string, { globals }: LoadedObject): void {
  const lost = 'lost_records' in globals ? globals['lost_records'] : 0n
  if (typeof lost !== 'bigint' || lost === 0n) return
  process.stderr.write(`${name}: lost ${lost} ${lost === 1n ? 'record' : 'records'}: the buffer was full\n`)
}
