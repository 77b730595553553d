import type { Fd } from '../base/units.ts'
import type { BpfMap } from './bpf_map.ts'

/** What the handles of all kinds of maps have. Closing one closes the map. */
export abstract class MapView implements Disposable {
  /** The same map with keys and values as bytes, its descriptor and attributes. */
  readonly map: BpfMap

  constructor(map: BpfMap) {
    this.map = map
  }

  get name(): string {
    return this.map.name
  }

  /** @throws BpfError 'DESCRIPTOR_CLOSED' once the map was closed. */
  get fd(): Fd {
    return this.map.fd
  }

  /** Gives up this process's hold on the map; see `BpfMap.close`. */
  close(): void {
    this.map.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/** A map whose entries are for programs alone, or that is read in another way: a ring buffer, an arena, struct_ops. */
export class OpaqueMap extends MapView {}
