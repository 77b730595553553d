import { O_RDONLY } from '../abi/syscall_flags.ts'
import { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { BpfMap } from './bpf_map.ts'
import { type DescriptorHolder, descriptorOf } from './descriptor_map.ts'
import type { Elements } from './elements.ts'
import { MapView } from './map_view.ts'
import type { LookupOptions, UpdateMode, UpdateOptions } from './update_options.ts'

/** A task, by the id of its process or by a pidfd. */
export type TaskOwner = DescriptorHolder | { readonly pid: number }

/** An inode or a cgroup, by its path or by a descriptor that is open on it. */
export type PathOwner = DescriptorHolder | { readonly path: string }

/** A socket, by its descriptor. */
export type SocketOwner = DescriptorHolder

/**
 * Values that are stored with what they belong to, and end with it: sockets (Linux 5.2), inodes (5.10), tasks (5.11), cgroups
 * (6.2). User space names the owner by a descriptor. They cannot be listed. What is thrown besides is as for HashMap;
 * SyscallError where the process or the path is not there.
 */
export class StorageMap<Value, Owner extends TaskOwner | PathOwner> extends MapView {
  readonly #elements: Elements<number, Value>

  constructor(map: BpfMap, elements: Elements<number, Value>) {
    super(map)
    this.#elements = elements
  }

  /** The value of `owner`, undefined where none was stored. */
  lookup(owner: Owner, options?: LookupOptions): Value | undefined {
    return this.#with(owner, (fd) => this.#elements.lookup(fd, options))
  }

  /** @throws MapError 'MAP_ENTRY_EXISTS' for the mode `create`, 'MAP_NO_ENTRY' for `replace`, 'MAP_READ_ONLY' */
  update(owner: Owner, value: Value, options?: UpdateMode | UpdateOptions): void {
    this.#with(owner, (fd) => {
      this.#elements.update(fd, value, options)
    })
  }

  /** Whether there was a value to delete. */
  delete(owner: Owner): boolean {
    return this.#with(owner, (fd) => this.#elements.delete(fd))
  }

  #with<Result>(owner: Owner, act: (fd: number) => Result): Result {
    const { kernel } = this.map.access
    const named: TaskOwner | PathOwner = owner
    if (typeof named === 'number' || 'fd' in named) return act(descriptorOf(named))
    using opened = open(kernel, named)
    return act(opened.fd)
  }
}

function open(kernel: Kernel, owner: { readonly pid: number } | { readonly path: string }): FileDescriptor {
  if ('pid' in owner)
    return new FileDescriptor(kernel, kernel.pidfdOpen(owner.pid, 0), `process ${owner.pid}`)
  return new FileDescriptor(kernel, kernel.open(owner.path, O_RDONLY), owner.path)
}
