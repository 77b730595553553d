import { jsonText } from '../tool/json.ts'
import { clock, printable } from '../tool/printable.ts'

/** `struct event` of bpf/bootstrap.h, as BTF decodes it. */
export interface BootstrapEvent {
  readonly kind: 'EXEC' | 'EXIT'
  readonly pid: number
  readonly ppid: number
  readonly comm: string
  readonly filename: string
  readonly exit_code: number
  readonly signal: number
  readonly has_duration: boolean
  readonly duration_ns: bigint
}

/** How events are written: a line for each, and what comes before the first one. */
export interface EventFormat {
  readonly header: string
  readonly line: (event: BootstrapEvent, time: Date) => string
}

/** The columns of libbpf-bootstrap's bootstrap: `%-8s %-5s %-16s %-7s %-7s %s`. */
function row(time: string, event: string, comm: string, pid: string, ppid: string, rest: string): string {
  return `${time.padEnd(8)} ${event.padEnd(5)} ${comm.padEnd(16)} ${pid.padEnd(7)} ${ppid.padEnd(7)} ${rest}\n`
}

function tableLine(event: BootstrapEvent, time: Date): string {
  const { kind, comm, pid, ppid } = event
  const rest = kind === 'EXEC' ? printable(event.filename) : exitText(event)
  return row(clock(time), kind, printable(comm), String(pid), String(ppid), rest)
}

function exitText({ exit_code, has_duration, duration_ns }: BootstrapEvent): string {
  return has_duration ? `[${exit_code}] (${duration_ns / 1_000_000n}ms)` : `[${exit_code}]`
}

function jsonLine(event: BootstrapEvent, time: Date): string {
  const { kind, comm, pid, ppid } = event
  const head = { time: time.toISOString(), event: kind, comm, pid, ppid }
  const rest =
    kind === 'EXEC'
      ? { filename: event.filename }
      : {
          exit_code: event.exit_code,
          signal: event.signal,
          duration_ns: event.has_duration ? event.duration_ns : null,
        }
  return `${jsonText({ ...head, ...rest })}\n`
}

export const eventFormats = {
  table: { header: row('TIME', 'EVENT', 'COMM', 'PID', 'PPID', 'FILENAME/EXIT CODE'), line: tableLine },
  json: { header: '', line: jsonLine },
} as const satisfies Record<string, EventFormat>
