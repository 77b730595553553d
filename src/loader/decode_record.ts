import type { BtfRecord } from '../btf/value.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import { recordDecoder, recordType, typesFor } from './record_stream.ts'

/**
 * Decodes the bytes of a record as `ringBuffer(map, type)` of a loaded object would. It needs no kernel and no privilege, so that
 * whoever reads records can test it with bytes of their own.
 *
 *     const event = decodeRecord<FsyncEvent>(spec, 'event', bytes)
 *
 * @param type The name of a struct, union or typedef of the object's BTF.
 * @param bytes In the object's byte order; what is behind the type's size is ignored.
 * @throws ObjectError 'OBJECT_UNKNOWN_NAME'; BtfError 'BTF_BAD_VALUE' for fewer bytes than the type has
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller vouches for what the type decodes to
export function decodeRecord<T = BtfRecord>(spec: ObjectSpec, type: string, bytes: Uint8Array): T {
  const btf = typesFor(type, spec.btf, spec.elf.name)
  const { decode } = recordDecoder<T>(btf, recordType(btf, type))
  return decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0)
}
