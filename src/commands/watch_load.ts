import { BpfError } from '../base/errors.ts'
import type { ElfFile } from '../elf/elf_file.ts'
import { parseElf } from '../elf/parse.ts'
import type { Verdict } from '../explain/verifier_chapter.ts'
import type { WatchedError, WatchedLoad } from '../explain/explain_load.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { POSSIBLE_CPUS_PATH } from '../kernel/possible_cpus.ts'
import { RehearsalKernel } from '../kernel/rehearsal_kernel.ts'
import {
  type Btf,
  loadObject,
  type LoadedObject,
  type LoadStep,
  type ObjectSpec,
  openKernel,
  parseObject,
  relocateObject,
  VerifierError,
} from '../index.ts'
import { assumeKernelTypes } from '../loader/target_btf.ts'
import type { TargetTypes } from './target_types.ts'

/** What is loaded, and into what. */
export interface WatchRequest {
  readonly path: string
  readonly bytes: Uint8Array
  /** The program that is loaded, and no other; undefined for those that are by default. */
  readonly program: string | undefined
  readonly calls: WatchedLoad['calls']
  /** The types that CO-RE is resolved against. */
  readonly target: TargetTypes
  /** Whether they are those of another kernel than the one that runs. */
  readonly targetKernel: 'running' | 'another'
  readonly kernelConfig: Uint8Array | undefined
}

/**
 * Loads an object, attaches what its section names say and undoes both, watching every step; or goes through all of it without
 * a kernel. What goes wrong is part of the result.
 */
export function watchLoad(request: WatchRequest): WatchedLoad {
  const { path, bytes, calls } = request
  const steps: LoadStep[] = []
  const errors: WatchedError[] = []
  const verdicts = new Map<string, Verdict>()
  const observer = (step: LoadStep): void => void steps.push(step)
  const attempt = <Result>(run: () => Result, program?: string): Result | undefined => {
    try {
      return run()
    } catch (error) {
      if (!(error instanceof BpfError)) throw error
      errors.push({ error, program: program ?? error.program })
      return undefined
    }
  }
  const spec = attempt(() => parseObject(bytes, path, observer))
  if (spec !== undefined) {
    if (request.program !== undefined) loadOnlyNamed(spec, request.program)
    load(spec, request, { observer, errors, verdicts, attempt })
  }
  const elf = spec?.elf ?? readElf(bytes, path)
  return { object: path, size: bytes.length, elf, spec, steps, calls, verdicts, errors }
}

function loadOnlyNamed({ programs }: ObjectSpec, name: string): void {
  for (const program of programs.values()) program.autoload = program.name === name
}

/** A file that is no BPF object may be ELF all the same. */
function readElf(bytes: Uint8Array, path: string): ElfFile | undefined {
  try {
    return parseElf(bytes, path)
  } catch (error) {
    if (error instanceof BpfError) return undefined
    throw error
  }
}

interface Watch {
  readonly observer: (step: LoadStep) => void
  readonly errors: WatchedError[]
  readonly verdicts: Map<string, Verdict>
  readonly attempt: <Result>(run: () => Result, program?: string) => Result | undefined
}

function load(spec: ObjectSpec, request: WatchRequest, watch: Watch): void {
  const { observer, attempt } = watch
  if (spec.elf.endianness !== 'little') {
    // The other byte order cannot be loaded here; all that comes before can be shown.
    attempt(() => relocateObject(spec, { ...request.target, observer }))
  }
  const kernel = request.calls === 'issued' ? openKernel() : rehearsal(request)
  const object = attempt(() => loadObject(spec, { ...loadOptions(request), kernel, observer }))
  if (object === undefined) return
  try {
    noteVerdicts(object, request, watch)
    attachAll(object, watch)
  } finally {
    object.close()
  }
}

function loadOptions({ target, targetKernel, kernelConfig, calls }: WatchRequest): {
  readonly optional: 'all'
  readonly pinnedMaps: 'own'
  readonly verifierLog: 'full'
  readonly bpffsTokenPath?: string
  readonly targetBtf?: Btf
  readonly kernelConfig?: Uint8Array
} {
  return {
    optional: 'all',
    pinnedMaps: 'own',
    verifierLog: 'full',
    ...(calls === 'issued' ? {} : { bpffsTokenPath: '' }),
    ...(targetKernel === 'another' && calls === 'issued' ? { targetBtf: target.targetBtf() } : {}),
    ...(kernelConfig === undefined ? {} : { kernelConfig }),
  }
}

/** A rehearsal for another kernel does not read what this one says of itself. */
const ofThisKernel = /^\/(?:proc|boot|sys|lib\/modules)\//

function rehearsal({ target, targetKernel }: WatchRequest): Kernel {
  const isReadable =
    targetKernel === 'running'
      ? () => true
      : (path: string) => path === POSSIBLE_CPUS_PATH || !ofThisKernel.test(path)
  const kernel = new RehearsalKernel(isReadable)
  assumeKernelTypes(kernel, { vmlinux: target.targetBtf, modules: target.modules ?? (() => []) })
  return kernel
}

function noteVerdicts(object: LoadedObject, { calls }: WatchRequest, { errors, verdicts }: Watch): void {
  for (const [program, error] of object.failures) {
    errors.push({ error, program })
    if (error instanceof VerifierError) verdicts.set(program, { verdict: 'refused', log: error.log })
  }
  for (const error of object.mapFailures.values()) errors.push({ error, program: undefined })
  if (calls === 'rehearsed') return
  for (const { name, verifierLog = '' } of object.programs.values())
    verdicts.set(name, { verdict: 'accepted', log: verifierLog })
}

/** Each program by itself: what keeps one from being attached says nothing of the others. */
function attachAll(object: LoadedObject, { attempt }: Watch): void {
  for (const program of object.programs.values()) {
    const { kind } = program.section.attachTarget
    if (kind !== 'none' && kind !== 'unsupported') attempt(() => program.attach(), program.name)
  }
}
