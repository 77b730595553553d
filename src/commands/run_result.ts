import { hexDump } from './hex_dump.ts'
import { jsonText } from '../tool/json.ts'

/** What is told of a test run. */
export interface RunResult {
  readonly retval: number
  /** Nanoseconds of one run, on average. */
  readonly duration: number
  /** How many times it was asked to run. */
  readonly repeat: number
  /** Where it is to be shown. */
  readonly dataOut: Uint8Array | undefined
  readonly ctxOut: Uint8Array | undefined
}

/** As `bpftool prog run` (7.8) prints it. */
export function runText({ retval, duration, repeat, dataOut, ctxOut }: RunResult): string {
  const dumps = [dataOut, ctxOut].map((bytes) => (bytes === undefined ? '' : hexDump(bytes)))
  const label = repeat > 1 ? 'duration (average)' : 'duration'
  return `${dumps.join('')}Return value: ${retval}, ${label}: ${duration}ns\n`
}

/** As `bpftool --json prog run` (7.8) prints it. */
export function runJson({ retval, duration, dataOut, ctxOut }: RunResult): string {
  const numbers = (bytes: Uint8Array | undefined): readonly number[] | undefined =>
    bytes === undefined ? undefined : [...bytes]
  return `${jsonText({ data_out: numbers(dataOut), ctx_out: numbers(ctxOut), retval, duration })}\n`
}
