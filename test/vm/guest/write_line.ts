import { writeSync } from 'node:fs'
import type { GuestLine } from './results.ts'

/** Writes one line of results, whole. */
export function writeLine(descriptor: number, line: GuestLine): void {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
  for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done)
}
