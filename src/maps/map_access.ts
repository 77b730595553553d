import type { Fd } from '../base/units.ts'
import type { BpfError } from '../base/errors.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import { identityOf } from '../kernel/identity.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { countPossibleCpus } from '../kernel/possible_cpus.ts'
import { ElementCalls } from './element_calls.ts'
import { elementError, requireOperation, type SubjectMap } from './element_error.ts'
import { type AnyMapKind, copiedValueSize, type MapOperation } from './map_kind.ts'

/** What has to be known of a map to get at its entries. */
export interface MapFacts {
  readonly name: string
  readonly kind: AnyMapKind
  readonly keySize: number
  readonly valueSize: number
  readonly maxEntries: number
  /** `BPF_F_*` bits of BPF_MAP_CREATE. */
  readonly flags: number
}

/** Buffers of more bytes are not kept from one call to the next. */
const MAX_KEPT_BYTES = 64 * 1024

/** The way to a map's entries: its descriptor, and calls that are prepared once and lent to whoever uses them. */
export class MapAccess {
  readonly kernel: Kernel
  readonly facts: MapFacts
  readonly #descriptor: FileDescriptor
  readonly #access: SubjectMap['access']
  /** The operations that were found to be there. */
  readonly #allowed = new Set<MapOperation>()
  #idle: ElementCalls | undefined
  #copiedSize: number | undefined

  /** @param access As in SubjectMap. */
  constructor(kernel: Kernel, descriptor: FileDescriptor, facts: MapFacts, access: SubjectMap['access']) {
    this.kernel = kernel
    this.facts = facts
    this.#descriptor = descriptor
    this.#access = access
  }

  /** @throws BpfError 'DESCRIPTOR_CLOSED' once the map was closed. */
  get fd(): Fd {
    return this.#descriptor.fd
  }

  /** Bytes that the kernel copies for one value; for maps with a value for every cpu those of all of them. */
  get copiedValueSize(): number {
    const { kind, valueSize } = this.facts
    this.#copiedSize ??= copiedValueSize(kind, valueSize, () => possibleCpus(this.kernel))
    return this.#copiedSize
  }

  /**
   * Calls for one operation, to be given back. Nobody else has them meanwhile: an observer of system calls may use the same
   * map before the value of the call that it observes was taken out of the buffer.
   *
   * @throws MapError 'MAP_WRONG_TYPE'; BpfError 'DESCRIPTOR_CLOSED'
   */
  borrow(operation: MapOperation): ElementCalls {
    if (!this.#allowed.has(operation)) {
      requireOperation(this.facts, operation)
      this.#allowed.add(operation)
    }
    const { fd } = this.#descriptor
    const idle = this.#idle
    this.#idle = undefined
    return (
      idle ??
      new ElementCalls(this.kernel, fd, { keySize: this.facts.keySize, valueSize: this.copiedValueSize })
    )
  }

  giveBack(calls: ElementCalls): void {
    if (calls.value.length <= MAX_KEPT_BYTES) this.#idle = calls
  }

  /** What a refusal means. @param result The negative errno. */
  failure(operation: MapOperation, result: number): BpfError {
    return elementError(this.subject, operation, -result)
  }

  /** What errors say of the map. */
  get subject(): SubjectMap {
    const { name, kind, maxEntries } = this.facts
    return { name, kind, maxEntries, access: this.#access }
  }
}

const cpuCounts = new WeakMap<Kernel, number>()

/** How many values a map with one for every cpu has; it never changes while a kernel runs. */
export function possibleCpus(kernel: Kernel): number {
  const identity = identityOf(kernel)
  const count = cpuCounts.get(identity) ?? countPossibleCpus(kernel)
  cpuCounts.set(identity, count)
  return count
}
