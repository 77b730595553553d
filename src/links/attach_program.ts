import type { AttachTarget, AttachTargets } from '../object/attach_target.ts'
import { type SectionDefinition, sectionDefinitions } from '../object/section_definitions.ts'
import { listOfNames } from '../base/list_of_names.ts'
import { AttachError } from './attach_error.ts'
import { attachFreplace } from './attach_freplace.ts'
import { attachIterator } from './attach_iterator.ts'
import { attachKprobe, attachKsyscall } from './attach_kprobe.ts'
import { attachKprobeMulti } from './attach_kprobe_multi.ts'
import { attachPerfEvent } from './attach_perf_event.ts'
import { attachRawTracepoint } from './attach_raw_tracepoint.ts'
import { attachTracepoint } from './attach_tracepoint.ts'
import { attachTracing } from './attach_tracing.ts'
import { attachTracingMulti } from './attach_tracing_multi.ts'
import { attachUprobe } from './attach_uprobe.ts'
import { attachUprobeMulti } from './attach_uprobe_multi.ts'
import { attachUsdt } from './attach_usdt.ts'
import type { AttachContext } from './attaching.ts'
import type { Family, Suitable } from './family.ts'
import type { Link } from './link.ts'
import { networkFamilies } from './network_families.ts'
import { targetHint } from './target_hints.ts'

const KPROBE: Suitable = { programTypes: ['BPF_PROG_TYPE_KPROBE'], attachTypes: [undefined] }
const KPROBE_MULTI: Suitable = {
  programTypes: ['BPF_PROG_TYPE_KPROBE'],
  attachTypes: ['BPF_TRACE_KPROBE_MULTI'],
}
const KPROBE_SESSION: Suitable = {
  programTypes: ['BPF_PROG_TYPE_KPROBE'],
  attachTypes: ['BPF_TRACE_KPROBE_SESSION'],
}
/** Probes in user space run the same programs as those in the kernel. */
const UPROBE = KPROBE
const UPROBE_MULTI: Suitable = {
  programTypes: ['BPF_PROG_TYPE_KPROBE'],
  attachTypes: ['BPF_TRACE_UPROBE_MULTI'],
}
const UPROBE_SESSION: Suitable = {
  programTypes: ['BPF_PROG_TYPE_KPROBE'],
  attachTypes: ['BPF_TRACE_UPROBE_SESSION'],
}

const families: { readonly [Kind in keyof AttachTargets]: Family<AttachTargets[Kind]> } = {
  tracepoint: { programTypes: ['BPF_PROG_TYPE_TRACEPOINT'], attach: attachTracepoint },
  raw_tracepoint: {
    programTypes: ['BPF_PROG_TYPE_RAW_TRACEPOINT', 'BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE'],
    attach: attachRawTracepoint,
  },
  tracing: {
    programTypes: ['BPF_PROG_TYPE_TRACING', 'BPF_PROG_TYPE_LSM'],
    attachTypes: [
      'BPF_TRACE_RAW_TP',
      'BPF_TRACE_FENTRY',
      'BPF_TRACE_FEXIT',
      'BPF_MODIFY_RETURN',
      'BPF_TRACE_FSESSION',
      'BPF_LSM_MAC',
    ],
    attach: attachTracing,
  },
  'tracing.multi': {
    programTypes: ['BPF_PROG_TYPE_TRACING'],
    attachTypes: ['BPF_TRACE_FENTRY_MULTI', 'BPF_TRACE_FEXIT_MULTI', 'BPF_TRACE_FSESSION_MULTI'],
    attach: attachTracingMulti,
  },
  freplace: { programTypes: ['BPF_PROG_TYPE_EXT'], attach: attachFreplace },
  iter: {
    programTypes: ['BPF_PROG_TYPE_TRACING'],
    attachTypes: ['BPF_TRACE_ITER'],
    attach: attachIterator,
  },
  perf_event: { programTypes: ['BPF_PROG_TYPE_PERF_EVENT'], attach: attachPerfEvent },
  kprobe: { ...KPROBE, attach: attachKprobe },
  kretprobe: { ...KPROBE, attach: attachKprobe },
  ksyscall: { ...KPROBE, attach: attachKsyscall },
  kretsyscall: { ...KPROBE, attach: attachKsyscall },
  'kprobe.multi': { ...KPROBE_MULTI, attach: attachKprobeMulti },
  'kretprobe.multi': { ...KPROBE_MULTI, attach: attachKprobeMulti },
  'kprobe.session': { ...KPROBE_SESSION, attach: attachKprobeMulti },
  uprobe: { ...UPROBE, attach: attachUprobe },
  uretprobe: { ...UPROBE, attach: attachUprobe },
  'uprobe.multi': { ...UPROBE_MULTI, attach: attachUprobeMulti },
  'uretprobe.multi': { ...UPROBE_MULTI, attach: attachUprobeMulti },
  'uprobe.session': { ...UPROBE_SESSION, attach: attachUprobeMulti },
  usdt: { ...UPROBE, attach: attachUsdt },
  ...networkFamilies,
}

/**
 * Attaches a program.
 *
 * @param target What to. Default: what its section's name says.
 * @throws AttachError 'ATTACH_NO_TARGET' where the name does not say it; 'ATTACH_WRONG_PROGRAM' where programs of this type
 *   are attached to other things; 'ATTACH_FAILED', whose cause is a PermissionError where a right is missing; BpfError
 *   'DESCRIPTOR_CLOSED' where the program was closed.
 */
export function attachProgram(
  context: AttachContext,
  target: AttachTarget = context.program.section.attachTarget,
): Link {
  if (target.kind === 'none') {
    const hint = targetHint(context.program.section.definition.programType)
    throw noTarget(context, ` does not say what to; ${hint}`)
  }
  if (target.kind === 'unsupported') throw noTarget(context, ` names no target: ${target.why}`)
  return attachTo(context, target.kind, target)
}

function attachTo<Kind extends keyof AttachTargets>(
  context: AttachContext,
  kind: Kind,
  target: AttachTargets[Kind],
): Link {
  const family: Family<AttachTargets[Kind]> = families[kind]
  requireSuitable(context, kind, family)
  return family.attach(context, target)
}

function requireSuitable(
  { program: { name, section } }: AttachContext,
  kind: string,
  family: Suitable,
): void {
  if (isSuitable(section.definition, family)) return
  const prefixes = sectionDefinitions.filter((each) => isSuitable(each, family)).map(({ prefix }) => prefix)
  throw new AttachError(
    'ATTACH_WRONG_PROGRAM',
    `cannot attach program ${name} of section '${section.name}' to a target of kind '${kind}': only programs of sections ` +
      `${listOfNames(prefixes)} can be attached to one`,
    { program: name, section: section.name },
  )
}

function isSuitable(
  { programType, attachType }: SectionDefinition,
  { programTypes, attachTypes }: Suitable,
): boolean {
  return programTypes.includes(programType) && (attachTypes?.includes(attachType) ?? true)
}

function noTarget({ program: { name, section } }: AttachContext, why: string): AttachError {
  return new AttachError(
    'ATTACH_NO_TARGET',
    `cannot attach program ${name}: its section '${section.name}'${why}`,
    {
      program: name,
      section: section.name,
    },
  )
}
