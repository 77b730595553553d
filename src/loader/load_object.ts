import type { Observer } from '../base/observer.ts'
import type { Btf } from '../btf/btf.ts'
import type { ModuleBtf } from '../btf/module_btf.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import { BPF_FS_PATH } from '../kernel/bpffs.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { openKernel } from '../kernel/linux.ts'
import { memlockKernel } from '../kernel/memlock.ts'
import { observedKernel } from '../kernel/steps.ts'
import { openToken, tokenKernel, tokenRequest } from '../kernel/token.ts'
import type { ArenaMemory } from '../maps/arena_memory.ts'
import { BpfMap } from '../maps/bpf_map.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import { relocateObject } from '../relocate/relocate_object.ts'
import type { RelocatedObject } from '../relocate/relocated_object.ts'
import { createMaps } from './create_maps.ts'
import { DescriptorStack } from './descriptor_stack.ts'
import { fillProgArrays } from './fill_slots.ts'
import { fitToKernel } from './fit_to_kernel.ts'
import { LoadError } from './load_error.ts'
import { LoadFailures } from './load_failures.ts'
import { loadObjectBtf } from './load_btf.ts'
import { loadPrograms } from './load_programs.ts'
import { LoadedObject } from './loaded_object.ts'
import { LoadedProgram, type ProgramOwner } from './loaded_program.ts'
import { ModuleDescriptors } from './module_descriptors.ts'
import { ObjectLinks } from './object_links.ts'
import { type OptionalPrograms, requireProgramNames } from './optional_programs.ts'
import type { ProgramTarget } from './program_target.ts'
import { runningExternFacts } from './running_extern_facts.ts'
import type { LoadStep } from './steps.ts'
import { fitStructOps, planForKernel } from './struct_ops.ts'
import { runningKernelBtf, runningModuleBtfs } from './target_btf.ts'
import { usdtSpecsOf } from './usdt_specs_of.ts'
import type { VerifierLogOption } from './verifier_log_option.ts'

export interface LoadOptions {
  /** Told of every step. */
  readonly observer?: Observer<LoadStep>
  /** The kernel to load into. Default: the running one. */
  readonly kernel?: Kernel
  /**
   * A directory of a BPF file system for maps that are to be pinned by name; it is made where it is not there. A map that
   * is pinned there already is used instead of a new one. Default: `/sys/fs/bpf`.
   */
  readonly pinPath?: string
  /**
   * Whether maps that are to be pinned by name are: `'own'` loads all of them as if they were not, so that the load neither
   * finds nor leaves anything in a file system. Default: 'shared'.
   */
  readonly pinnedMaps?: 'shared' | 'own'
  /**
   * The types that CO-RE relocations are resolved against. Default: the running kernel's, and for types that it does not
   * have those of its modules.
   */
  readonly targetBtf?: Btf
  /**
   * A BPF file system that delegates to this process's user namespace what capabilities would allow otherwise: a token of
   * it is passed to the calls that take one (Linux 6.9). '' is for none. Default: LIBBPF_BPF_TOKEN_PATH of the environment,
   * or else, in a user namespace of its own, /sys/fs/bpf if that delegates.
   */
  readonly bpffsTokenPath?: string
  /** When the verifier is to say what it thinks; programs keep it as `verifierLog`. Default: 'on-failure'. */
  readonly verifierLog?: VerifierLogOption
  /**
   * The programs that may fail: `'all'`, or some by name. One that fails is left out, and the object's `failures` say why.
   * With `'all'`, maps may fail, too. Default: none.
   */
  readonly optional?: OptionalPrograms
  /**
   * A kernel configuration for `__kconfig` variables: text as in `.config`, or such bytes, compressed by gzip or not. What it
   * does not set is looked up in the running kernel's.
   */
  readonly kernelConfig?: string | Uint8Array
  /**
   * By program: what it is verified for, where its section's name does not say it, or says something else. Programs of
   * `freplace` sections need a function of another program; one of an `fentry`, `fexit` or `fmod_ret` section can be for such a
   * function instead of the kernel's.
   */
  readonly targets?: Readonly<Record<string, ProgramTarget>>
}

/**
 * Loads an object into the kernel: relocates its programs for the kernel's types, loads its BTF, creates its maps, and
 * hands its programs to the verifier. Nothing is attached yet. The spec stays as it is and may be loaded again.
 *
 * A program that fails does not keep the others from being tried, so that all that is wrong is found at once. Nor does a
 * map, which costs the programs that refer to it.
 *
 * @throws Where a single program failed, that is not optional, what it failed with: RelocationError, LoadError, VerifierError,
 *   PermissionError. ProgramsError where several did. PermissionError, KernelError, BtfError, LoadError for what concerns the
 *   whole load; ObjectError 'OBJECT_UNKNOWN_NAME' for an optional program that the object does not have. A load that fails
 *   leaves nothing open.
 */
export function loadObject(spec: ObjectSpec, options: LoadOptions = {}): LoadedObject {
  const { observer, optional = [] } = options
  requireHostEndianness(spec)
  requireProgramNames(spec, optional)
  const kernel = observedKernel(options.kernel ?? openKernel(), observer)
  const runningBtf = (): Btf => runningKernelBtf(kernel, observer)
  const forKernel = relocateForKernel(spec, kernel, runningBtf, options)
  const fitted = fitToKernel(options.pinnedMaps === 'own' ? withoutPins(forKernel) : forKernel, kernel)
  const structOps = planForKernel(fitted, { kernel, kernelBtf: runningBtf, observer })
  const relocated = fitStructOps(fitted, structOps.plans)
  const failures = new LoadFailures(relocated, optional, observer)
  for (const { map, error } of structOps.failures) failures.failMap(map, error)
  failures.settleEarly()

  using token = openToken(kernel, tokenRequest(options.bpffsTokenPath, process.env['LIBBPF_BPF_TOKEN_PATH']))
  const loading = memlockKernel(token === undefined ? kernel : tokenKernel(kernel, token))
  using opened = new DescriptorStack()
  const types = loadObjectBtf(loading, relocated, observer)
  const btf = types === undefined ? undefined : opened.push(types.descriptor)
  const load = { kernel: loading, object: relocated, btf, opened, observer, failures }
  using modules = new ModuleDescriptors(kernel, relocated)
  const inKernel = { structOps: structOps.plans, modules }
  const arenas = new Map<string, ArenaMemory>()
  const logs = new Map<string, string>()
  const maps = createMaps({ ...load, ...inKernel, arenas, pinPath: options.pinPath ?? BPF_FS_PATH })
  const programs = loadPrograms({
    ...load,
    ...inKernel,
    btf: types?.describesFunctions === true ? btf : undefined,
    maps,
    kernelTypes: {
      vmlinux: () => failures.forAll(runningBtf),
      modules: () => runningModuleBtfs(kernel, runningBtf(), observer),
    },
    targets: options.targets ?? {},
    verifierLog: options.verifierLog ?? 'on-failure',
    logs,
  })
  failures.settle()
  fillProgArrays({ ...load, maps }, programs)
  failures.settle()
  const links = new ObjectLinks(relocated.fileName)
  const handles = mapHandles(kernel, relocated, maps)
  // Attaching may ask a probe, which loads a program of its own, and buffers that were opened meanwhile are charged as well.
  const attaching = memlockKernel(kernel)
  const owner = { kernel: attaching, links, observer, usdt: usdtSpecsOf(kernel, relocated, handles) }
  const object = new LoadedObject({
    kernel,
    relocated,
    btf,
    maps: handles,
    programs: programHandles(owner, relocated, programs, logs),
    failures,
    arenas,
    structOps: structOps.plans,
    links,
    observer,
  })
  opened.release()
  return object
}

function relocateForKernel(
  spec: ObjectSpec,
  kernel: Kernel,
  runningBtf: () => Btf,
  { observer, targetBtf, kernelConfig }: LoadOptions,
): RelocatedObject {
  // Another kernel's modules are not this one's.
  const modules = (): readonly ModuleBtf[] =>
    targetBtf === undefined ? runningModuleBtfs(kernel, runningBtf(), observer) : []
  return relocateObject(spec, {
    ...runningExternFacts(() => kernel, runningBtf, kernelConfig, observer),
    targetBtf: () => targetBtf ?? runningBtf(),
    modules,
    observer,
  })
}

function withoutPins(object: RelocatedObject): RelocatedObject {
  return { ...object, maps: object.maps.map((map) => ({ ...map, pinning: 'none' })) }
}

/** Both architectures that rawbpf runs on are little-endian; an object for the other order can be inspected only. */
function requireHostEndianness(spec: ObjectSpec): void {
  if (spec.elf.endianness === 'little') return
  throw new LoadError(
    'LOAD_WRONG_ENDIANNESS',
    `${spec.elf.name}: cannot load a big-endian object on a little-endian host; build it with clang -target bpfel`,
    { object: spec.elf.name },
  )
}

function mapHandles(
  kernel: Kernel,
  relocated: RelocatedObject,
  descriptors: ReadonlyMap<string, FileDescriptor>,
): ReadonlyMap<string, BpfMap> {
  const handles = new Map<string, BpfMap>()
  for (const map of relocated.maps) {
    const descriptor = descriptors.get(map.name)
    if (descriptor !== undefined)
      handles.set(map.name, new BpfMap(kernel, descriptor, map, () => relocated.btf))
  }
  return handles
}

function programHandles(
  owner: ProgramOwner,
  relocated: RelocatedObject,
  descriptors: ReadonlyMap<string, FileDescriptor>,
  logs: ReadonlyMap<string, string>,
): ReadonlyMap<string, LoadedProgram> {
  const handles = new Map<string, LoadedProgram>()
  for (const { name, section } of relocated.programs) {
    const descriptor = descriptors.get(name)
    if (descriptor !== undefined)
      handles.set(name, new LoadedProgram(owner, descriptor, name, section, logs.get(name)))
  }
  return handles
}
