import { matchesGlob } from '../base/glob.ts'
import type { AttachTarget } from '../object/attach_target.ts'
import type { ProgramSection } from '../object/section_names.ts'
import { describeMissingPlace, findAttachPlace } from '../relocate/attach_place.ts'
import type { TypeSource } from '../relocate/kernel_struct_ops.ts'
import { type CheckedKernel, hasSyscall } from './checked_kernel.ts'
import type { Finding } from './finding.ts'

type Answer = Pick<Finding, 'verdict' | 'why'> | undefined

const no = (why: string): Answer => ({ verdict: 'no', why })
const unknown = (why: string): Answer => ({ verdict: 'unknown', why })

/** What is wrong with the place that a program's section names; undefined where it is there, or nothing in a kernel is named. */
export function checkAttachTarget(section: ProgramSection, kernel: CheckedKernel): Answer {
  const { definition, suffix, attachTarget } = section
  if (definition.programType === 'BPF_PROG_TYPE_EXT') {
    return unknown('it replaces a function of another program, which a kernel does not tell of')
  }
  if (definition.traits.includes('attach-btf')) return checkPlace(section, kernel)
  if (definition.attachedTo === 'trace.multi' && suffix !== undefined) return checkPattern(suffix, kernel)
  return checkTarget(attachTarget, kernel)
}

function checkPlace({ definition, suffix }: ProgramSection, kernel: CheckedKernel): Answer {
  if (suffix === undefined) return unknown('its section does not say what to attach to')
  const source: TypeSource = { vmlinux: () => kernel.vmlinux, modules: () => kernel.modules }
  if (findAttachPlace(suffix, definition.attachType, source) !== undefined) return undefined
  const [module = ''] = suffix.split(':')
  if (suffix.includes(':') && !kernel.modules.some(({ name }) => name === module)) {
    return unknown(`the types of module ${module} were not given`)
  }
  return no(describeMissingPlace(suffix, definition.attachType, source))
}

/** Targets of other kinds are not in the kernel, or are no names. */
function checkTarget(target: AttachTarget, kernel: CheckedKernel): Answer {
  if (target.kind === 'kprobe' || target.kind === 'kretprobe') return checkFunction(target.function, kernel)
  if (target.kind === 'ksyscall' || target.kind === 'kretsyscall') return checkSyscall(target.name, kernel)
  if (target.kind === 'raw_tracepoint') return checkTracepoint(target.name, kernel)
  if (target.kind === 'tracepoint') {
    const { category, name } = target
    return category === 'syscalls' ? checkSyscallTracepoint(name, kernel) : checkTracepoint(name, kernel)
  }
  const isMulti =
    target.kind === 'kprobe.multi' || target.kind === 'kretprobe.multi' || target.kind === 'kprobe.session'
  return isMulti && target.pattern !== undefined ? checkPattern(target.pattern, kernel) : undefined
}

function checkSyscall(name: string, { vmlinux }: CheckedKernel): Answer {
  if (hasSyscall(vmlinux, name)) return undefined
  return unknown(`the kernel's BTF has no function of the system call ${name}`)
}

/** Functions without types can be probed, too. */
function checkFunction(name: string, { vmlinux, modules }: CheckedKernel): Answer {
  const isThere = [vmlinux, ...modules.map(({ btf }) => btf)].some(
    (btf) => btf.find(name, 'func') !== undefined,
  )
  return isThere
    ? undefined
    : unknown(`the kernel's BTF has no function ${name}, which may be there without a type`)
}

function checkPattern(pattern: string, { vmlinux }: CheckedKernel): Answer {
  const matches = vmlinux.idsOfKind('func').some((id) => matchesGlob(vmlinux.nameOf(id), pattern))
  return matches ? undefined : unknown(`no function in the kernel's BTF matches ${pattern}`)
}

/** Each tracepoint has a type for what it calls (`__DEFINE_TRACE` and BTF_TYPE in include/trace/bpf_probe.h, Linux 5.5 on). */
function checkTracepoint(name: string, { vmlinux, modules }: CheckedKernel): Answer {
  const all = [vmlinux, ...modules.map(({ btf }) => btf)]
  if (all.some((btf) => btf.find(`btf_trace_${name}`, 'typedef') !== undefined)) return undefined
  if (vmlinux.find('btf_trace_sched_switch', 'typedef') === undefined) {
    return unknown("the kernel's BTF does not tell its tracepoints")
  }
  return no(`the kernel has no tracepoint ${name}`)
}

function checkSyscallTracepoint(name: string, kernel: CheckedKernel): Answer {
  const [, call] = /^sys_(?:enter|exit)_(\w+)$/.exec(name) ?? []
  return call === undefined ? no(`the kernel has no tracepoint syscalls/${name}`) : checkSyscall(call, kernel)
}
