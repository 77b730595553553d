import { clock, printable } from './printable.ts'

/** A column of a tool's table. */
export interface Column<Record> {
  readonly title: string
  /** Characters; a value that is longer moves the rest of its line. The last column needs none. */
  readonly width: number
  /** Numbers are usually to the right, as top(1) has them. */
  readonly align: 'left' | 'right'
  readonly value: (record: Record, time: Date) => string | number | bigint
}

/** A column of text. */
export function text<Record>(
  title: string,
  width: number,
  value: (record: Record) => string,
): Column<Record> {
  return { title, width, align: 'left', value }
}

/** A column of numbers, or of text that stands in for one, such as `-`. */
export function number<Record>(
  title: string,
  width: number,
  value: (record: Record) => number | bigint | string,
): Column<Record> {
  return { title, width, align: 'right', value }
}

/** The time of day at which a record was read. */
export const time: Column<object> = { title: 'TIME', width: 8, align: 'left', value: (_, now) => clock(now) }

/** The name of the task that an event is of. */
export const commColumn = text<{ readonly comm: string }>('COMM', 16, ({ comm }) => comm)

/** The number of its process, which has up to seven digits (PID_MAX_LIMIT of include/linux/threads.h, Linux 6.18). */
export const pidColumn = number<{ readonly pid: number }>('PID', 7, ({ pid }) => pid)

/** The titles of a table, as a line. */
export function headerLine<Record>(columns: readonly Column<Record>[]): string {
  return line(columns, ({ title }) => title)
}

/**
 * A record as a line of a table. Control characters in values are written as `\x0a`.
 *
 * @param now What the column `time` shows.
 */
export function recordLine<Record>(columns: readonly Column<Record>[], record: Record, now: Date): string {
  return line(columns, ({ value }) => printable(String(value(record, now))))
}

function line<Record>(columns: readonly Column<Record>[], cell: (column: Column<Record>) => string): string {
  const cells = columns.map((column) => {
    const value = cell(column)
    return column.align === 'left' ? value.padEnd(column.width) : value.padStart(column.width)
  })
  return `${cells.join(' ').trimEnd()}\n`
}
