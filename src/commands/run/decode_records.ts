import type { Btf } from '../../btf/btf.ts'
import { valueShape } from '../../btf/value_shape.ts'
import type { BtfValue } from '../../btf/value.ts'
import { recordDecoder } from '../../loader/record_stream.ts'
import type { RecordDecoder, RingRecord } from '../../ringbuf/ring_record.ts'
import { type MemberColumn, memberColumns } from '../../run/record_columns.ts'
import { matchRecord, type RecordMatch, type RecordType } from '../../run/record_types.ts'
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
  columns: [{ name: 'bytes', title: 'BYTES', width: 32, align: 'left' }],
}

const asBytes: Decoding = {
  layout: bytesLayout,
  decode: (record) => ({ bytes: Buffer.from(record.bytes()).toString('hex') }),
}

/** Decodes the records of one buffer; what they are is decided once for each length. */
export class RecordDecoding {
  readonly #plan: BufferPlan
  readonly #btf: Btf | undefined
  readonly #tell: (line: string) => void
  readonly #byLength = new Map<number, Decoding>()
  readonly #byType = new Map<RecordType, Decoding>()

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
        if (lengthOf(size) < length)
          this.#tell(
            `${map}: records have ${length} bytes, ${name} ${size}: what is behind them is not shown`,
          )
        return this.#decodingOf(match.type)
      }
      case 'too-short':
        throw tooShort(map, length, match)
      case 'unknown':
        this.#tell(`${map}: ${whyUnknown(length, match)}; --event ${map}=TYPE says what they are`)
        return asBytes
    }
  }

  #decodingOf(type: RecordType): Decoding {
    const known = this.#byType.get(type)
    if (known !== undefined) return known
    const decoding = this.#btf === undefined ? asBytes : makeDecoding(this.#btf, type)
    this.#byType.set(type, decoding)
    return decoding
  }
}

function makeDecoding(btf: Btf, { id, name }: RecordType): Decoding {
  const shape = valueShape(btf, id)
  if (shape.kind === 'record') {
    const decoder: RecordDecoder<DecodedRecord['members']> = recordDecoder(btf, id)
    return {
      layout: { type: name, columns: memberColumns(shape) },
      decode: (record) => record.decode(decoder),
    }
  }
  const decoder: RecordDecoder<BtfValue> = recordDecoder(btf, id)
  const field = { name: 'value', offset: 0, shape }
  const columns = memberColumns({ kind: 'record', of: 'struct', size: shape.size, fields: [field] })
  return { layout: { type: name, columns }, decode: (record) => ({ value: record.decode(decoder) }) }
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

function whyUnknown(length: number, { fitting }: Extract<RecordMatch, { kind: 'unknown' }>): string {
  const records = `records of ${length} bytes are shown as bytes:`
  if (fitting.length === 0) return `${records} no struct of the object has that size`
  return `${records} ${fitting.map(({ name }) => name).join(', ')} have that size`
}
