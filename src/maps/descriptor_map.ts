import { fdNumber, type Fd } from '../base/units.ts'
import type { BpfMap } from './bpf_map.ts'
import type { Elements } from './elements.ts'
import type { CodecSubject, MapCodec } from './map_codec.ts'
import { MapError } from './map_error.ts'
import { MapView } from './map_view.ts'
import type { UpdateMode } from './update_options.ts'

/** Whatever has a descriptor: a program, a map, a perf event; or the descriptor itself, as of a socket. */
export type DescriptorHolder = number | { readonly fd: number }

export function descriptorOf(holder: DescriptorHolder): Fd {
  return fdNumber(typeof holder === 'number' ? holder : holder.fd)
}

/** Descriptors and ids as values: 4 bytes, or 8 in maps of sockets that tell the sockets' cookies. */
export function descriptorCodec(size: number, { what, map }: CodecSubject): MapCodec<number | bigint> {
  return {
    size,
    encode(value, view, offset) {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 0x7fff_ffff) {
        throw new MapError('MAP_BAD_SIZE', `map ${map} takes a descriptor as ${what}; got ${String(value)}`, {
          map,
        })
      }
      if (size === 8) view.setBigUint64(offset, BigInt(value), true)
      else view.setUint32(offset, value, true)
    },
    decode: (view, offset) => (size === 8 ? view.getBigUint64(offset, true) : view.getUint32(offset, true)),
  }
}

/**
 * A map that is given descriptors and keeps what is behind them: programs, maps, perf events, cgroups, sockets. It holds them as
 * long as they are in it; a socket leaves by itself when it is closed. What is thrown besides is as for HashMap.
 */
export class DescriptorMap<Key> extends MapView {
  readonly #elements: Elements<Key, number | bigint>

  constructor(map: BpfMap, elements: Elements<Key, number | bigint>) {
    super(map)
    this.#elements = elements
  }

  /**
   * Puts what is behind a descriptor into the map.
   *
   * @throws MapError 'MAP_FULL', or 'MAP_NO_ENTRY' for an index that the map does not have, 'MAP_READ_ONLY', 'MAP_REFUSED' for a descriptor of something else (EBADF, EINVAL)
   */
  update(key: Key, holder: DescriptorHolder, mode?: UpdateMode): void {
    this.#elements.update(key, descriptorOf(holder), mode)
  }

  /** Whether there was something to take out. */
  delete(key: Key): boolean {
    return this.#elements.delete(key)
  }

  /** The keys, as `HashMap.keys`; of an array all of them, whether something is there or not. */
  keys(): Generator<Key, void, undefined> {
    return this.#elements.keys()
  }
}

/** One that tells what is in it. */
export class ReadableDescriptorMap<Key> extends DescriptorMap<Key> {
  readonly #elements: Elements<Key, number | bigint>

  constructor(map: BpfMap, elements: Elements<Key, number | bigint>) {
    super(map, elements)
    this.#elements = elements
  }

  /**
   * What is there, undefined where nothing is: a program's id; a map's, which `openMap({ id })` opens; a socket's cookie, as
   * bigint.
   *
   * @throws MapError 'MAP_REFUSED' (ENOSPC) for a map of sockets whose values have 4 bytes: it tells no cookies
   */
  lookup(key: Key): number | bigint | undefined {
    return this.#elements.lookup(key)
  }

  /** Keys with what is there, as `HashMap.entries`. */
  entries(): Generator<readonly [Key, number | bigint], void, undefined> {
    return this.#elements.entries()
  }
}
