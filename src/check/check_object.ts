import { bpf_map_create_flags } from '../abi/generated/bpf.ts'
import { mapTypeName } from '../abi/map_type_name.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import { planStructOps } from '../relocate/plan_struct_ops.ts'
import { type RelocateOptions, relocateObject } from '../relocate/relocate_object.ts'
import type { RelocatedObject, RelocatedProgram } from '../relocate/relocated_object.ts'
import { type ProgramFailure } from '../relocate/program_failure.ts'
import { describeLocal } from '../core/resolution.ts'
import { checkAttachTarget } from './check_attach_target.ts'
import { checkInstructions } from './check_instructions.ts'
import { type CheckedKernel, hasEnumerator, hasSyscallWrapper, mapFlagsOf } from './checked_kernel.ts'
import { type Finding, type Verdict, verdictOf } from './finding.ts'

/** What was found of one object and one kernel. */
export interface ObjectCheck {
  readonly verdict: Verdict
  readonly findings: readonly Finding[]
  /** What CO-RE relocations came to: by what they ask, such as `field_byte_offset of struct task_struct.pid`, the value there. */
  readonly values: ReadonlyMap<string, bigint>
}

/** What a program is refused for that a configuration, kallsyms or a version would tell, which BTF does not. */
const NOT_IN_BTF = 'RELOCATION_NO_KERNEL_FACTS'

/**
 * Whether an object will load into a kernel that is known by its types alone: its CO-RE accesses where they can be reached,
 * externs, helpers, types of maps and programs, places to attach to. `yes` says that nothing is missing of all that BTF tells; what
 * only the verifier or the kernel's configuration decides is not asked. Pure.
 *
 * @param kernelConfig The kernel's configuration, for `__kconfig` externs. Without it programs with such externs are 'unknown'.
 * @throws what relocateObject does
 */
export function checkObject(
  spec: ObjectSpec,
  kernel: CheckedKernel,
  kernelConfig: RelocateOptions['kernelConfig'] = [],
): ObjectCheck {
  const { vmlinux, modules } = kernel
  const { endianness } = spec.elf
  if (endianness !== vmlinux.endianness) {
    return refused(
      spec.elf.name,
      `its byte order is ${endianness}, and the kernel's is ${vmlinux.endianness}`,
    )
  }
  const source = { vmlinux: () => vmlinux, modules: () => modules }
  const object = relocateObject(spec, {
    targetBtf: source.vmlinux,
    modules: source.modules,
    kernelConfig,
    hasBpfCookie: () => hasEnumerator(vmlinux, 'bpf_func_id', 'BPF_FUNC_get_attach_cookie') === 'yes',
    hasSyscallWrapper: () => hasSyscallWrapper(vmlinux),
  })
  const findings = [
    ...checkMaps(object, kernel),
    ...planStructOps(object, source).failures.map(({ map, error }) => ({
      ...about('struct_ops', map),
      verdict: 'no' as const,
      why: error.message,
    })),
    ...object.failures.map(failureFinding),
    ...object.programs.flatMap((program) => checkProgram(object, program, kernel)),
  ]
  return { verdict: verdictOf(findings), findings, values: coreValues(object) }
}

/** Of an object of which nothing else can be said, whatever the kernel. */
export function refused(object: string, why: string): ObjectCheck {
  return { verdict: 'no', findings: [{ ...about('object', object), verdict: 'no', why }], values: new Map() }
}

const about = (subject: Finding['subject'], of: string): Pick<Finding, 'subject' | 'of' | 'line'> => ({
  subject,
  of,
  line: undefined,
})

function failureFinding({ program, error }: ProgramFailure): Finding {
  const verdict = error.code === NOT_IN_BTF ? 'unknown' : 'no'
  return { ...about('program', program), verdict, why: error.message }
}

const mapFlags = Object.entries(bpf_map_create_flags)

function checkMaps({ maps }: RelocatedObject, { vmlinux }: CheckedKernel): readonly Finding[] {
  const known = mapFlagsOf(vmlinux)
  return maps.flatMap(({ name, type, flags, autocreate, problem }) => {
    if (!autocreate) return []
    if (problem !== undefined) return [{ ...about('map type', name), verdict: 'no', why: problem }]
    const typeName = mapTypeName(type)
    const missing = mapFlags.filter(([flag, bit]) => (flags & bit) !== 0 && known?.has(flag) === false)
    return [
      ...missingNumber('map type', name, hasEnumerator(vmlinux, 'bpf_map_type', typeName), typeName),
      ...missing.flatMap(([flag]) => missingNumber('map flag', name, 'no', flag)),
    ]
  })
}

function checkProgram(
  object: RelocatedObject,
  program: RelocatedProgram,
  kernel: CheckedKernel,
): readonly Finding[] {
  const { definition } = program.section
  const { programType, attachType, traits } = definition
  const target = checkAttachTarget(program.section, kernel)
  return [
    ...missingNumber(
      'program type',
      program.name,
      hasEnumerator(kernel.vmlinux, 'bpf_prog_type', programType),
      programType,
    ),
    ...(attachType === undefined || traits.includes('attach-type-optional')
      ? []
      : missingNumber(
          'attach type',
          program.name,
          hasEnumerator(kernel.vmlinux, 'bpf_attach_type', attachType),
          attachType,
        )),
    ...(target === undefined ? [] : [{ ...about('attach target', program.name), ...target }]),
    ...checkInstructions(object, program, kernel),
  ]
}

function missingNumber(
  subject: 'map type' | 'map flag' | 'program type' | 'attach type',
  of: string,
  answer: Verdict,
  name: string,
): readonly Finding[] {
  if (answer === 'yes') return []
  const why =
    answer === 'no' ? `the kernel has no ${name}` : `the kernel's BTF does not tell whether it has ${name}`
  return [{ ...about(subject, of), verdict: answer, why }]
}

function coreValues({ programs }: RelocatedObject): ReadonlyMap<string, bigint> {
  const values = new Map<string, bigint>()
  for (const { resolution } of programs.flatMap(({ coreRelocations }) => coreRelocations)) {
    // Ids of types are another in every kernel, and nobody cares.
    if (resolution.result.kind !== 'value' || resolution.kind.startsWith('type_id')) continue
    values.set(`${resolution.kind} of ${describeLocal(resolution)}`, resolution.result.value)
  }
  return values
}
