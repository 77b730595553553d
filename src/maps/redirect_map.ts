import type { BpfMap } from './bpf_map.ts'
import { type DescriptorHolder, descriptorOf } from './descriptor_map.ts'
import type { Elements } from './elements.ts'
import type { MapCodec } from './map_codec.ts'
import { MapError } from './map_error.ts'
import { MapView } from './map_view.ts'

/** Where XDP programs redirect packets to, as it is stored: a number, and what was said of a program. */
export interface RedirectEntry {
  /** devmap: the interface's index. cpumap: how many packets the cpu's queue has room for. */
  readonly target: number
  /** A descriptor to be stored, or an id that was looked up; 0 for none. */
  readonly program: number
}

/**
 * `struct bpf_devmap_val` and `struct bpf_cpumap_val`: a u32, and behind it the descriptor or the id of a program that runs there,
 * where the values have 8 bytes (Linux 5.8 and 5.9).
 */
export function redirectCodec(size: number, map: string): MapCodec<RedirectEntry> {
  return {
    size,
    encode({ target, program }, view, offset) {
      if (!Number.isInteger(target) || target < 0 || target > 0xffff_ffff) {
        throw new MapError('MAP_BAD_SIZE', `map ${map} takes a 32-bit number; got ${target}`, { map })
      }
      view.setUint32(offset, target, true)
      if (size === 8) view.setUint32(offset + 4, program, true)
      else if (program !== 0) {
        const message = `map ${map} has values of ${size} bytes, with no room for a program; make them 8`
        throw new MapError('MAP_BAD_SIZE', message, { map })
      }
    },
    decode: (view, offset) => ({
      target: view.getUint32(offset, true),
      program: size === 8 ? view.getUint32(offset + 4, true) : 0,
    }),
  }
}

/**
 * A devmap, devmap_hash or cpumap: an XDP program sends a packet to the interface, or to the cpu, that it finds there. What is
 * thrown besides is as for HashMap.
 */
abstract class RedirectMap extends MapView {
  protected readonly elements: Elements<number, RedirectEntry>

  constructor(map: BpfMap, elements: Elements<number, RedirectEntry>) {
    super(map)
    this.elements = elements
  }

  /** Whether there was an entry to delete. */
  delete(key: number): boolean {
    return this.elements.delete(key)
  }

  /** The keys, as `HashMap.keys`; of a devmap or cpumap all indices. */
  keys(): Generator<number, void, undefined> {
    return this.elements.keys()
  }
}

/** An interface to redirect to. */
export interface Device {
  /** As in `ip link`. */
  readonly ifindex: number
  /** An XDP program that runs for each packet that goes out there: one that was loaded from a section `xdp/devmap`. */
  readonly program?: DescriptorHolder | undefined
}

export class DeviceMap extends RedirectMap {
  /** @throws MapError 'MAP_FULL', or 'MAP_NO_ENTRY' for an index that the map does not have, 'MAP_REFUSED' for an interface that is not there in this network namespace (EINVAL) */
  update(key: number, { ifindex, program }: Device): void {
    this.elements.update(key, { target: ifindex, program: programOf(program) })
  }

  /** The interface, and the id of the program, where there is one. */
  lookup(key: number): { readonly ifindex: number; readonly programId: number | undefined } | undefined {
    const entry = this.elements.lookup(key)
    return entry && { ifindex: entry.target, programId: idOf(entry) }
  }
}

/** A cpu to redirect to; the key is its number. */
export interface CpuQueue {
  /** Packets that may wait for the cpu, 1 to 16384. */
  readonly queueSize: number
  /** An XDP program that runs there for each packet: one that was loaded from a section `xdp/cpumap`. */
  readonly program?: DescriptorHolder | undefined
}

export class CpuMap extends RedirectMap {
  /** @throws MapError 'MAP_FULL', or 'MAP_NO_ENTRY' for an index that the map does not have, 'MAP_REFUSED' (EOVERFLOW) for more than 16384 packets */
  update(cpu: number, { queueSize, program }: CpuQueue): void {
    this.elements.update(cpu, { target: queueSize, program: programOf(program) })
  }

  /** The cpu's queue, and the id of the program, where there is one. */
  lookup(cpu: number): { readonly queueSize: number; readonly programId: number | undefined } | undefined {
    const entry = this.elements.lookup(cpu)
    return entry && { queueSize: entry.target, programId: idOf(entry) }
  }
}

function programOf(holder: DescriptorHolder | undefined): number {
  return holder === undefined ? 0 : descriptorOf(holder)
}

function idOf({ program }: RedirectEntry): number | undefined {
  return program === 0 ? undefined : program
}
