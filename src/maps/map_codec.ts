import type { Btf } from '../btf/btf.ts'
import { createDecoder } from '../btf/decoder.ts'
import { createEncoder } from '../btf/create_encoder.ts'
import { sizeOf } from '../btf/layout.ts'
import type { BtfValue } from '../btf/value.ts'
import type { TypeId } from '../base/units.ts'
import { MapError } from './map_error.ts'
import { perCpuStride } from './map_kind.ts'

/** How a key or a value of a map lies in memory. */
export interface MapCodec<T> {
  /** Bytes. */
  readonly size: number
  /** Writes `value` from `offset` on. Where it throws, nothing of use is there. */
  encode(value: T, view: DataView, offset: number): void
  /** A value of its own: nothing of it lies in `view`. */
  decode(view: DataView, offset: number): T
}

/** Which half of a map's entries, and whose. */
export interface CodecSubject {
  readonly what: 'key' | 'value'
  readonly map: string
}

/** Bytes, of exactly `size`. */
export function bytesCodec(size: number, { what, map }: CodecSubject): MapCodec<Uint8Array> {
  return {
    size,
    encode(value, view, offset) {
      if (!(value instanceof Uint8Array) || value.length !== size) {
        const found = value instanceof Uint8Array ? `one of ${value.length}` : 'no Uint8Array'
        throw new MapError('MAP_BAD_SIZE', `map ${map} has ${what}s of ${size} bytes; got ${found}`, { map })
      }
      // An array of its own for each value would cost more than this loop.
      for (let index = 0; index < size; index++) view.setUint8(offset + index, value[index] ?? 0)
    },
    decode: (view, offset) => new Uint8Array(view.buffer, view.byteOffset + offset, size).slice(),
  }
}

/** The index of an entry, as 32-bit number. */
export function indexCodec(map: string): MapCodec<number> {
  return {
    size: 4,
    encode(value, view, offset) {
      if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
        throw new MapError('MAP_BAD_SIZE', `map ${map} has indices for keys, 32-bit numbers; got ${value}`, {
          map,
        })
      }
      view.setUint32(offset, value, true)
    },
    decode: (view, offset) => view.getUint32(offset, true),
  }
}

/** A type in BTF. The type parameter is what the caller vouches for that it decodes to. */
export function btfCodec<T>(btf: Btf, type: TypeId, { what }: CodecSubject): MapCodec<T> {
  const decode = createDecoder(btf, type)
  return {
    size: sizeOf(btf, type),
    encode: createEncoder(btf, type, what),
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- decoding foreign memory
    decode: decode as (...args: Parameters<typeof decode>) => BtfValue & T,
  }
}

/** A value for each of `cpus` possible cpus, in the order of the cpus' numbers, each at a multiple of 8 bytes. */
export function perCpuCodec<T>(codec: MapCodec<T>, cpus: number, map: string): MapCodec<readonly T[]> {
  const stride = perCpuStride(codec.size)
  return {
    size: stride * cpus,
    encode(values, view, offset) {
      const given: unknown = values
      if (!Array.isArray(given) || given.length !== cpus) {
        const found = Array.isArray(given) ? `${given.length} of them` : 'no array'
        throw new MapError(
          'MAP_BAD_SIZE',
          `map ${map} has a value for each of ${cpus} possible cpus; got ${found}`,
          { map },
        )
      }
      let at = offset
      for (const value of values) {
        codec.encode(value, view, at)
        at += stride
      }
    },
    decode(view, offset) {
      const values: T[] = []
      for (let cpu = 0; cpu < cpus; cpu++) values.push(codec.decode(view, offset + cpu * stride))
      return values
    },
  }
}
