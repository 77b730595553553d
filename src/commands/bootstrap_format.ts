import { jsonText } from './json.ts'

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

/** Hours, minutes and seconds of the local time. */
function clock(time: Date): string {
  const parts = [time.getHours(), time.getMinutes(), time.getSeconds()]
  return parts.map((part) => String(part).padStart(2, '0')).join(':')
}

/**
 * Names are bytes that a process chose. Control characters among them would break the line, or tell the terminal things,
 * so they are written as `\x0a`.
 */
export function printable(name: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return name.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
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
