import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { type BtfDecoder, createDecoder } from '../btf/decoder.ts'
import { sizeOf } from '../btf/layout.ts'
import type { BtfKind } from '../btf/types.ts'
import { ObjectError } from '../object/object_error.ts'
import type { RecordReader } from '../ringbuf/record_reader.ts'
import type { ReadOptions } from '../ringbuf/ring_reading.ts'
import type { RecordDecoder } from '../ringbuf/ring_record.ts'

export type RecordStreamOptions = ReadOptions

/** Decoded records, one by one. */
export type RecordStream<T> = AsyncGenerator<T, void, undefined>

/** The kinds of types that a record may be of, in the order in which a name is looked up. */
const recordKinds: readonly BtfKind[] = ['struct', 'union', 'typedef']

/** Streams the records of a buffer as values of `type`. */
export function streamRecords<T>(
  ring: Pick<RecordReader, 'records'>,
  btf: Btf,
  type: TypeId,
  options: RecordStreamOptions,
): RecordStream<T> {
  return ring.records(recordDecoder<T>(btf, type), options)
}

/** A decoder of values of `type`. */
export function recordDecoder<T>(btf: Btf, type: TypeId): RecordDecoder<T> {
  const decode: BtfDecoder = createDecoder(btf, type)
  // What a type decodes to is known only once the object is; the caller vouches for it with the type parameter.
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- decoding foreign memory
  return { size: sizeOf(btf, type), decode: decode as RecordDecoder<T>['decode'] }
}

/**
 * The types of an object, for one that is called `type`.
 *
 * @throws ObjectError 'OBJECT_UNKNOWN_NAME' where it has none at all
 */
export function typesFor(type: string, btf: Btf | undefined, fileName: string): Btf {
  if (btf !== undefined) return btf
  throw new ObjectError(
    'OBJECT_UNKNOWN_NAME',
    `${fileName} has no BTF, so no type ${type}; build it with clang -g`,
    { object: fileName },
  )
}

/**
 * The type called `name`.
 *
 * @throws ObjectError 'OBJECT_UNKNOWN_NAME' where the BTF has no such struct, union or typedef.
 */
export function recordType(btf: Btf, name: string): TypeId {
  for (const kind of recordKinds) {
    const type = btf.find(name, kind)
    if (type !== undefined) return type.id
  }
  throw new ObjectError(
    'OBJECT_UNKNOWN_NAME',
    `${btf.name} has no struct, union or typedef ${name}; clang leaves out types that nothing refers to: declare a ` +
      `variable such as 'const struct ${name} *unused __attribute__((unused));'`,
    { object: btf.name },
  )
}
