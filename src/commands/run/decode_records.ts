import type { Btf } from '../../btf/btf.ts'
import { resolve } from '../../btf/resolve.ts'
import { isChar, valueShape } from '../../btf/value_shape.ts'
import type { BtfValue } from '../../btf/value.ts'
import { recordDecoder } from '../../loader/record_stream.ts'
import type { RecordDecoder, RingRecord } from '../../ringbuf/ring_record.ts'
import { type MemberColumn, memberColumns } from '../../run/record_columns.ts'
import type { RecordTail } from '../../run/record_tail.ts'
import { isFlexible, matchRecord, type RecordMatch, type RecordType } from '../../run/record_types.ts'
import { RunError } from '../../run/run_error.ts'
import type { BufferPlan } from './buffers.ts'

/** How records of one type are shown. */
export interface RecordLayout {
  /** As C has it; undefined for bytes. */
  readonly type: string | undefined
  readonly columns: readonly MemberColumn[]
}

/** A record that was read. */
export interface DecodedRecord {
  readonly layout: RecordLayout
  readonly members: Readonly<Record<string, BtfValue>>
}

interface Decoding {
  readonly layout: RecordLayout
  readonly decode: (record: RingRecord) => DecodedRecord['members']
}

/** What is shown of a record that no type is known for. */
const bytesLayout: RecordLayout = {
  type: undefined,
  columns: [{ name: 'bytes', title: 'BYTES', width: 32, align: 'left', base: 10 }],
}

const asBytes: Decoding = {
  layout: bytesLayout,
  decode: (record) => ({ bytes: Buffer.from(record.bytes()).toString('hex') }),
}

/** What is shown as bytes. */
type Undecoded = Extract<RecordMatch, { kind: 'unfit' | 'unknown' }>

/** Decodes the records of one buffer; what they are is decided once for each length. */
export class RecordDecoding {
  readonly #plan: BufferPlan
  readonly #btf: Btf | undefined
  readonly #tell: (line: string) => void
  readonly #byLength = new Map<number, Decoding>()
  readonly #byType = new Map<RecordType, Decoding>()
  readonly #told = new Set<'rest' | 'bytes'>()

  /** @param tell Gets a line where records cannot be shown as they are. */
  constructor(plan: BufferPlan, btf: Btf | undefined, tell: (line: string) => void) {
    this.#plan = plan
    this.#btf = btf
    this.#tell = tell
  }

  /** @throws RunError 'RUN_RECORD_TOO_SHORT' */
  read(record: RingRecord): DecodedRecord {
    const { length } = record
    let decoding = this.#byLength.get(length)
    if (decoding === undefined) {
      decoding = this.#decide(length)
      this.#byLength.set(length, decoding)
    }
    return { layout: decoding.layout, members: decoding.decode(record) }
  }

  #decide(length: number): Decoding {
    const { types, lengthOf, map } = this.#plan
    const match = matchRecord(types, length, lengthOf)
    switch (match.kind) {
      case 'type': {
        const { name, size } = match.type
        if (lengthOf(size) < length && !isFlexible(match.type))
          this.#tellOnce(
            'rest',
            `${map}: records have ${length} bytes, ${name} ${size}: what is behind them is not shown`,
          )
        return this.#decodingOf(match.type)
      }
      case 'too-short':
        throw tooShort(map, length, match)
      case 'unfit':
      case 'unknown':
        this.#tellOnce('bytes', `${map}: ${shownAsBytes(length)}: ${whyBytes(map, match, this.#btf)}`)
        return asBytes
    }
  }

  /** What is true of the first record is of the others, and so is what would help. */
  #tellOnce(about: 'rest' | 'bytes', line: string): void {
    if (!this.#told.has(about)) this.#tell(line)
    this.#told.add(about)
  }

  #decodingOf(type: RecordType): Decoding {
    const known = this.#byType.get(type)
    if (known !== undefined) return known
    const decoding = this.#btf === undefined ? asBytes : makeDecoding(this.#btf, type)
    this.#byType.set(type, decoding)
    return decoding
  }
}

function makeDecoding(btf: Btf, type: RecordType): Decoding {
  const { id, name } = type
  const shape = valueShape(btf, id)
  if (shape.kind === 'record') {
    return { layout: { type: name, columns: memberColumns(shape) }, decode: memberDecoder(btf, type) }
  }
  const decoder: RecordDecoder<BtfValue> = recordDecoder(btf, id)
  const field = { name: 'value', offset: 0, shape }
  const columns = memberColumns({ kind: 'record', of: 'struct', size: shape.size, fields: [field] })
  return { layout: { type: name, columns }, decode: (record) => ({ value: record.decode(decoder) }) }
}

/** Members of a record, whose last array may have been sent in part. */
function memberDecoder(btf: Btf, { id, size, tail }: RecordType): Decoding['decode'] {
  const whole: RecordDecoder<DecodedRecord['members']> = recordDecoder(btf, id)
  if (tail === undefined) return (record) => record.decode(whole)
  const decode: Decoding['decode'] = (record) =>
    record.length < size ? whole.decode(padded(record, size), 0) : record.decode(whole)
  if (tail.extent === 'declared') return decode
  const rest = tailDecoder(btf, tail)
  return (record) => ({ ...decode(record), [tail.name]: rest(record) })
}

/** What was not sent is zero. */
function padded(record: RingRecord, size: number): DataView {
  const bytes = new Uint8Array(size)
  bytes.set(record.bytes())
  return new DataView(bytes.buffer)
}

/** The elements of a flexible array, as many as there is room for; text up to its NUL. */
function tailDecoder(
  btf: Btf,
  { offset, element, elementSize }: RecordTail,
): (record: RingRecord) => BtfValue {
  const type = resolve(btf, element)
  if (type.kind === 'int' && isChar(type)) return (record) => record.string(offset, record.length - offset)
  const decoder: RecordDecoder<BtfValue> = recordDecoder(btf, element)
  return (record) => {
    const bytes = record.bytes(offset)
    const view = new DataView(bytes.buffer)
    const length = elementSize === 0 ? 0 : Math.floor(bytes.length / elementSize)
    return Array.from({ length }, (_, index) => decoder.decode(view, index * elementSize))
  }
}

function tooShort(
  map: string,
  length: number,
  { type, from }: Extract<RecordMatch, { kind: 'too-short' }>,
): RunError {
  return new RunError(
    'RUN_RECORD_TOO_SHORT',
    `cannot decode a record of ${map}: it has ${length} bytes, and ${type.name}, which ${from} says it is, has ${type.size}; ` +
      `name a type of its size by --event ${map}=TYPE`,
    { map },
  )
}

function shownAsBytes(length: number): string {
  return `records of ${length === 1 ? '1 byte' : `${length} bytes`} are shown as bytes`
}

function whyBytes(map: string, match: Undecoded, btf: Btf | undefined): string {
  const says = `--event ${map}=TYPE says what they are`
  if (btf === undefined) return 'the object has no BTF; build it with clang -g'
  if (match.kind === 'unfit') return `${match.type.name} has ${match.type.size}; ${says}`
  if (match.fitting.length > 0)
    return `${match.fitting.map(({ name }) => name).join(', ')} have that size; ${says}`
  return (
    "no struct in the object's BTF has that size. clang leaves out types that nothing refers to: declare a variable " +
    "such as 'const struct event *unused __attribute__((unused));'"
  )
}
