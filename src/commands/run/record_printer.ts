import { jsonText } from '../../tool/json.ts'
import type { LineWriter } from '../../tool/line_writer.ts'
import { type Column, headerLine, number, recordLine, text, time } from '../../tool/table.ts'
import type { DecodedRecord, RecordLayout } from './decode_records.ts'

/** Writes records, as a table or as JSON. Where there are several buffers, lines say which one a record is from. */
export class RecordPrinter {
  readonly #writer: LineWriter
  readonly #format: 'table' | 'json'
  readonly #maps: readonly string[]
  /** What was printed, by buffer and layout. */
  readonly #tables = new Map<string, Map<RecordLayout, readonly Column<Members>[]>>()

  /** @param maps All buffers. */
  constructor(writer: LineWriter, format: 'table' | 'json', maps: readonly string[]) {
    this.#writer = writer
    this.#format = format
    this.#maps = maps
  }

  print(map: string, { layout, members }: DecodedRecord): void {
    const now = new Date()
    if (this.#format === 'json') {
      this.#writer.write(`${jsonText({ time: now.toISOString(), map, record: members })}\n`)
    } else {
      this.#writer.write(recordLine(this.#columns(map, layout), members, now))
    }
  }

  /** The columns of a layout; their titles are printed when they are first asked for. */
  #columns(map: string, layout: RecordLayout): readonly Column<Members>[] {
    const known = this.#tables.get(map) ?? new Map<RecordLayout, readonly Column<Members>[]>()
    this.#tables.set(map, known)
    const columns = known.get(layout)
    if (columns !== undefined) return columns
    const made = [time, ...this.#mapColumn(map), ...layout.columns.map(columnOf)]
    known.set(layout, made)
    this.#writer.write(headerLine(made))
    return made
  }

  #mapColumn(map: string): readonly Column<Members>[] {
    if (this.#maps.length < 2) return []
    const width = Math.max('MAP'.length, ...this.#maps.map(({ length }) => length))
    return [text('MAP', width, () => map)]
  }
}

type Members = DecodedRecord['members']

function columnOf({ name, title, width, align, base }: RecordLayout['columns'][number]): Column<Members> {
  const value = (members: Members): string | number | bigint => {
    const member = members[name] ?? ''
    if (typeof member === 'boolean') return String(member)
    if (typeof member === 'object') return jsonText(member)
    return base === 16 && typeof member !== 'string' ? `0x${member.toString(16)}` : member
  }
  return align === 'right'
    ? number(title, width, value)
    : text(title, width, (members) => String(value(members)))
}
