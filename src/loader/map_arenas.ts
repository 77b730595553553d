import { MAP_FIXED_NOREPLACE, MAP_SHARED, PROT_READ, PROT_WRITE } from '../abi/syscall_flags.ts'
import { bpf_map_create_flags } from '../abi/generated/bpf.ts'
import type { Observer } from '../base/observer.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { ArenaMemory } from '../maps/arena_memory.ts'
import { isArena } from '../object/arena_data.ts'
import type { RelocatedMap, RelocatedObject } from '../relocate/relocated_object.ts'
import type { DescriptorStack } from './descriptor_stack.ts'
import { arenaSize } from './fit_arena.ts'
import { LoadError } from './load_error.ts'
import type { KernelObjectStep } from './steps.ts'

/** What arenas are mapped with. */
export interface ArenaLoad {
  readonly kernel: Kernel
  readonly object: RelocatedObject
  /** Owns the mappings as long as the load may fail. */
  readonly opened: DescriptorStack
  /** Gets the memory of each arena that is mapped, by name. */
  readonly arenas: Map<string, ArenaMemory>
  readonly observer: Observer<KernelObjectStep>
}

/**
 * Maps an arena into this process and fills in its variables. It has to be before programs are loaded that use the arena:
 * pointers in it are addresses of user space, and the verifier needs to know where it lies there
 * (`resolve_pseudo_ldimm64` in kernel/bpf/verifier.c, Linux 6.18). Where the definition's `map_extra` names an address, it is
 * mapped there; what may be mapped there already is left alone, where libbpf would replace it.
 *
 * @throws LoadError 'LOAD_ARENA_FAULTS'; SyscallError
 */
export function mapArena(
  { kernel, object, opened, arenas, observer }: ArenaLoad,
  map: RelocatedMap,
  descriptor: FileDescriptor,
): void {
  if (!isArena(map)) return
  const data = object.arenaData?.arena === map.name ? object.arenaData : undefined
  if (data !== undefined) refuseFaults(object, map)
  const mapping = kernel.mmap(descriptor.fd, {
    length: arenaSize(map, kernel.pageSize),
    protection: PROT_READ | PROT_WRITE,
    flags: MAP_SHARED | (map.mapExtra === 0n ? 0 : MAP_FIXED_NOREPLACE),
    offset: 0,
    address: map.mapExtra,
    visible: { offset: data?.offset ?? 0, length: data?.contents.length ?? 0 },
  })
  const memory = new ArenaMemory(map.name, mapping)
  opened.onFailure(() => {
    memory.close()
  })
  arenas.set(map.name, memory)
  if (data === undefined) return
  memory.write(0, data.contents)
  observer?.({ kind: 'map-filled', map: map.name, bytes: data.contents.length })
}

/** With the flag, a page is there once a program has asked for it; until then touching it kills the process. */
function refuseFaults(object: RelocatedObject, { name, flags }: RelocatedMap): void {
  if ((flags & bpf_map_create_flags.BPF_F_SEGV_ON_FAULT) === 0) return
  throw new LoadError(
    'LOAD_ARENA_FAULTS',
    `${object.fileName}: cannot put the __arena variables into arena ${name}: with BPF_F_SEGV_ON_FAULT its pages cannot be ` +
      'written from user space before a program allocates them; leave the flag out of map_flags, or have no __arena variables',
    { object: object.fileName, map: name },
  )
}
