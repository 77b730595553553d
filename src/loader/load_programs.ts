import { bpf_prog_type } from '../abi/generated/bpf.ts'
import { cString, objectName } from '../abi/object_name.ts'
import type { Observer } from '../base/observer.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import { bindMap, type ProgramValues } from '../kernel/bpf_calls.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import { KCONFIG_SECTION } from '../object/externs.ts'
import type { RelocatedObject, RelocatedProgram } from '../relocate/relocated_object.ts'
import { type AttachTargets, attachTargetOf } from './attach_target.ts'
import { DescriptorStack } from './descriptor_stack.ts'
import { expectedAttachType } from './expected_attach_type.ts'
import { makeJumpTables } from './jump_tables.ts'
import type { LoadFailures } from './load_failures.ts'
import { resolveModuleReferences } from './module_references.ts'
import { resolveMapReferences } from './resolve_map_references.ts'
import type { LoadStep } from './steps.ts'
import type { VerifierLogOption } from './verifier_log_option.ts'
import { verifyProgram } from './verify_program.ts'

/** `prog_flags` bits of BPF_PROG_LOAD; macros in include/uapi/linux/bpf.h, Linux 6.18. */
const BPF_F_SLEEPABLE = 1 << 4
const BPF_F_XDP_HAS_FRAGS = 1 << 5

/** What the programs are loaded with. */
export interface ProgramLoad extends AttachTargets {
  readonly maps: ReadonlyMap<string, FileDescriptor>
  /** The object's types, where the kernel has those of functions. */
  readonly btf: FileDescriptor | undefined
  /** Owns what is made as long as the load may fail. */
  readonly opened: DescriptorStack
  readonly observer: Observer<LoadStep>
  readonly verifierLog: VerifierLogOption
  /** Gets what the verifier said of each program that it accepted, by name. */
  readonly logs: Map<string, string>
  readonly failures: LoadFailures
}

/**
 * Hands each program to the verifier, in the object's order. The load goes on without those that fail.
 *
 * @returns The programs' descriptors by name.
 * @throws what ends the load as a whole; see load_ending.ts.
 */
export function loadPrograms(load: ProgramLoad): Map<string, FileDescriptor> {
  const { kernel, object, maps, opened, observer, failures } = load
  const descriptors = new Map<string, FileDescriptor>()
  for (const program of object.programs) {
    if (failures.lacksMap(program)) continue
    const descriptor = failures.program(program.name, () => opened.push(loadOne(load, program)))
    if (descriptor === undefined) continue
    descriptors.set(program.name, descriptor)
    bindReadOnlyData(kernel, object, program, descriptor, maps)
    const insnCount = program.insns.length / INSN_SIZE
    observer?.({ kind: 'program-verified', program: program.name, insnCount, fd: descriptor.fd })
  }
  return descriptors
}

/**
 * @throws VerifierError; LoadError 'LOAD_PROGRAM_REFUSED', 'LOAD_PROGRAM_UNUSED', 'LOAD_ATTACH_TARGET_NOT_FOUND',
 *   'LOAD_JUMP_TABLE_REFUSED', 'LOAD_MODULE_GONE'; PermissionError
 */
function loadOne(load: ProgramLoad, program: RelocatedProgram): FileDescriptor {
  const { kernel, object, maps, btf, modules, observer } = load
  const insns = resolveMapReferences(object, program, maps, observer)
  const fdArray = resolveModuleReferences(program, insns, modules, observer)
  using tables = new DescriptorStack()
  makeJumpTables({ kernel, object, program, made: tables, observer }, insns)
  const target = attachTargetOf(load, program)
  const common = programValues(kernel, program, insns, cString(object.license), btf, target)
  const values = { ...common, fd_array: fdArray }
  const { descriptor, log } = verifyProgram({
    kernel,
    object,
    program,
    values,
    verifierLog: load.verifierLog,
  })
  load.logs.set(program.name, log)
  return descriptor
}

/**
 * Ties the maps of `.rodata` to a program that does not refer to them, so that a tool that is shown the program finds
 * them; bpftool reads metadata there. libbpf does it too, and like there a program is as good without. `.kconfig`, though
 * read-only, has nothing for them.
 */
function bindReadOnlyData(
  kernel: Kernel,
  object: RelocatedObject,
  program: RelocatedProgram,
  descriptor: FileDescriptor,
  maps: ReadonlyMap<string, FileDescriptor>,
): void {
  const used = new Set(program.mapReferences.map(({ map }) => map))
  for (const { name, origin } of object.maps) {
    const map = maps.get(name)
    if (map === undefined || origin.kind !== 'data' || !origin.readOnly || used.has(name)) continue
    if (name === KCONFIG_SECTION) continue
    try {
      bindMap(kernel, descriptor.fd, map.fd)
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error
    }
  }
}

function programValues(
  kernel: Kernel,
  program: RelocatedProgram,
  insns: Uint8Array,
  license: Uint8Array,
  btf: FileDescriptor | undefined,
  attachTarget: ReturnType<typeof attachTargetOf>,
): ProgramValues {
  const { programType, traits } = program.section.definition
  return {
    prog_type: bpf_prog_type[programType],
    prog_flags:
      (traits.includes('sleepable') ? BPF_F_SLEEPABLE : 0) |
      (traits.includes('xdp-frags') ? BPF_F_XDP_HAS_FRAGS : 0),
    expected_attach_type: expectedAttachType(kernel, program.section.definition),
    ...attachTarget,
    prog_name: objectName(program.name),
    insn_cnt: insns.length / INSN_SIZE,
    insns,
    license,
    ...(btf === undefined ? {} : typeInformation(program, btf)),
  }
}

/** Which function and which source line each instruction belongs to. Both need the BTF, and lines need functions. */
function typeInformation(
  { funcInfo, lineInfo }: RelocatedProgram,
  btf: FileDescriptor,
): Partial<ProgramValues> {
  if (funcInfo === undefined) return {}
  return {
    prog_btf_fd: btf.fd,
    func_info_rec_size: funcInfo.recordSize,
    func_info: funcInfo.bytes,
    func_info_cnt: funcInfo.count,
    ...(lineInfo === undefined
      ? {}
      : {
          line_info_rec_size: lineInfo.recordSize,
          line_info: lineInfo.bytes,
          line_info_cnt: lineInfo.count,
        }),
  }
}
