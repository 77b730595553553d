import { mapTypeName } from '../abi/map_type_name.ts'
import type { Slots } from '../core/patch.ts'
import { type CoreResolution, describeLocal, describeTarget } from '../core/resolution.ts'
import { disassemble } from '../insn/disassemble.ts'
import { isLdimm64 } from '../insn/insn.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import type { ArgumentValue, SyscallStep } from '../kernel/steps.ts'
import type { LoadStep } from '../loader/steps.ts'
import type { MapAttributes } from '../object/map_spec.ts'
import type { ProgramSpec } from '../object/program_spec.ts'
import type { ExternSpec } from '../object/extern_spec.ts'
import type { ExternResolution } from '../relocate/extern_resolution.ts'
import type { MapReference } from '../relocate/relocated_object.ts'
import { sectionTypeName } from './number_names.ts'
import { escaped, quoted } from './quoted.ts'

type StepOf<Kind extends LoadStep['kind']> = Extract<LoadStep, { kind: Kind }>

/**
 * One step of a load as one line of text, for people; `-v` prints these. Each starts with the part of the pipeline that it
 * is from. Names are quoted as in JSON, so that a name with control characters can neither break the line nor talk to the
 * terminal.
 */
export function stepLine(step: LoadStep): string {
  switch (step.kind) {
    case 'section-read':
      return `elf: section ${step.index} ${quoted(step.name)}: ${sectionTypeName(step.type)}, ${step.size} bytes at byte ${step.offset}`
    case 'program-found':
      return `object: program ${programText(step.program)}`
    case 'map-found':
      return `object: map ${mapText(step.map)}`
    case 'variable-mended': {
      const { name, section, size, typeSize } = step.variable
      return `object: variable ${quoted(name)} of ${quoted(section)} is ${size} bytes of one whose type has ${typeSize}: its type is made ${size} bytes`
    }
    case 'target-btf-read':
      return `btf: types of ${quoted(step.name)}: ${step.typeCount} in ${step.bytes} bytes`
    case 'module-btf-skipped':
      return `btf: warning: the types of module ${quoted(step.module)} cannot be used: ${escaped(step.reason)}`
    case 'modules-not-listed':
      return `btf: warning: the types of the kernel's modules are not searched: ${escaped(step.reason)}`
    case 'function-appended':
      return `link: function ${quoted(step.function)} (${step.insnCount} instructions) is copied to instruction ${step.start} of program ${quoted(step.program)}`
    case 'function-linked':
      return `link: ${place(step.program, step.insn)} ${step.reference === 'call' ? 'calls' : 'takes the address of'} function ${quoted(step.function)} at instruction ${step.start}`
    case 'map-reference-found':
      return `relocate: ${place(step.program, step.reference.insn)} refers to ${referenceText(step.reference)}`
    case 'program-relocated': {
      const { name, insns, functions } = step.program
      return `link: program ${quoted(name)} is linked: ${insns.length / INSN_SIZE} instructions, ${functions.length} ${functions.length === 1 ? 'function' : 'functions'}`
    }
    case 'extern-resolved':
      return `extern: ${externText(step.extern, step.resolution)}`
    case 'struct-ops-laid-out':
      return structOpsLine(step)
    case 'core-resolved':
      return `core: ${place(step.program, step.insn)} asks for ${resolutionText(step.resolution)}`
    case 'insn-patched':
      return patchLine(step)
    case 'syscall':
      return syscallLine(step)
    case 'btf-loaded':
      return `load: the types of ${quoted(step.object)} are BTF fd ${step.fd} (${step.bytes} bytes)`
    case 'btf-sanitized':
      return `load: the kernel does not know ${step.lacking.join(', ')} in BTF: it gets the types of ${quoted(step.object)} without`
    case 'btf-refused':
      return `load: warning: ${quoted(step.object)} is loaded without its types, the kernel refused them: ${escaped(step.reason)}`
    case 'map-created':
      return `load: map ${quoted(step.map)} is fd ${step.fd}`
    case 'map-filled':
      return `load: map ${quoted(step.map)} holds the ${step.bytes} bytes of its section`
    case 'map-frozen':
      return `load: map ${quoted(step.map)} is frozen: the verifier takes its values for constants`
    case 'map-reused':
      return `load: map ${quoted(step.map)} is the one pinned at ${quoted(step.path)}, fd ${step.fd}`
    case 'map-pinned':
      return `load: map ${quoted(step.map)} is pinned at ${quoted(step.path)}`
    case 'map-slot-filled':
      return `load: slot ${step.slot.index} of map ${quoted(step.map)} holds ${step.slot.target.kind} ${quoted(step.slot.target.name)}`
    case 'program-verified':
      return `load: program ${quoted(step.program)} passed the verifier (${step.insnCount} instructions) and is fd ${step.fd}`
    case 'program-left-out':
      return `load: program ${quoted(step.program)} is left out: ${firstLine(step.why)}`
    case 'map-left-out':
      return `load: map ${quoted(step.map)} is left out: ${firstLine(step.why)}`
    case 'link-made':
      return `attach: program ${quoted(step.program)} runs on ${step.target} (${howAttached[step.how]})`
  }
}

/** What comes behind the first line of an error, such as an instruction and its source, is the error's own to show. */
function firstLine(text: string): string {
  const [first = ''] = text.split('\n', 1)
  return escaped(first)
}

function place(program: string, insn: number): string {
  return `${program}: instruction ${insn}`
}

function programText({ name, sectionName, insns, kind }: ProgramSpec): string {
  const type = kind.kind === 'known' ? kind.section.definition.programType : kind.reason
  return `${quoted(name)} in section ${quoted(sectionName)}: ${insns.length / INSN_SIZE} instructions, ${type}`
}

function mapText({ name, type, keySize, valueSize, maxEntries }: MapAttributes): string {
  return `${quoted(name)}: ${mapTypeName(type)}, key_size ${keySize}, value_size ${valueSize}, max_entries ${maxEntries}`
}

function referenceText({ kind, map, offset }: MapReference): string {
  return kind === 'map' ? `map ${quoted(map)}` : `byte ${offset} of map ${quoted(map)}`
}

function externText({ name, kind }: ExternSpec, resolution: ExternResolution): string {
  switch (resolution.kind) {
    case 'value':
      return `${quoted(name)} is ${escaped(resolution.text)} (${escaped(resolution.source)})`
    case 'address':
      return `${quoted(name)} is at 0x${resolution.address.toString(16)}`
    case 'kernel type': {
      const what = kind === 'kfunc' ? 'function' : 'variable'
      return `${quoted(name)} is ${what} ${resolution.id} of ${quoted(resolution.module ?? 'vmlinux')}`
    }
    case 'missing': {
      const without = {
        kconfig: 'it is 0',
        ksym: 'its address is 0',
        kfunc: 'calls of it are poisoned',
      } as const
      return `${quoted(name)} is weak and not there: ${without[kind]}`
    }
  }
}

function resolutionText(resolution: CoreResolution): string {
  const { kind, result } = resolution
  const asked = `${kind} of ${escaped(describeLocal(resolution))}`
  if (kind === 'type_id_local' && result.kind === 'value')
    return `${asked}: ${result.value} in the object's types`
  const found = `found in ${matchCount(resolution)} of ${resolution.candidates.length} candidates`
  if (result.kind === 'poison') return `${asked}: ${found}, so it is poisoned`
  const before = result.expected === undefined ? '' : `${result.expected} in the object's types, `
  const place = describeTarget(resolution)
  return `${asked}: ${before}${result.value} in the target's${place === undefined ? '' : ` (${escaped(place)})`}; ${found}`
}

function matchCount({ candidates }: CoreResolution): number {
  let count = 0
  for (const { match } of candidates) if (match !== undefined) count++
  return count
}

function patchLine({ why, program, insn, before, after }: StepOf<'insn-patched'>): string {
  const [old, patched] = [slotsText(before), slotsText(after)]
  const change = old === patched ? `${old} stays` : `${old} becomes ${patched}`
  return `${why === 'core' || why === 'extern' ? why : 'load'}: ${place(program, insn)}: ${change}`
}

/** An `ldimm64` is one instruction in two slots; in its place may stand two of their own, both poisoned. */
export function slotsText([first, second]: Slots): string {
  if (second === undefined) return disassemble(first)
  if (isLdimm64(first)) return disassemble(first, second.imm)
  return `${disassemble(first)}; ${disassemble(second)}`
}

/** As strace(1) writes calls, with the names of arguments: `bpf(BPF_MAP_FREEZE, {map_fd=103}, 4) = 0`. */
function syscallLine({ syscall, command, arguments: values, attrSize, outcome }: SyscallStep): string {
  const fields = Object.entries(values).map(([field, value]) => `${field}=${argumentText(value)}`)
  const told = attrSize === undefined ? fields : [`{${fields.join(', ')}}`, String(attrSize)]
  const passed = command === undefined ? told : [command, ...told]
  const result = outcome.kind === 'failed' ? `-1 ${outcome.errnoName}` : String(outcome.value)
  return `syscall: ${syscall}(${passed.join(', ')}) = ${result}`
}

/** In words. */
export const howAttached: Readonly<Record<StepOf<'link-made'>['how'], string>> = {
  'bpf-link': 'by a BPF link',
  'bpf-links': 'by a BPF link for each place',
  'perf-ioctl': 'by ioctl on the perf event',
  'map-update': 'by the value of the map',
  'prog-attach': 'by BPF_PROG_ATTACH',
  netlink: 'by netlink',
  'socket-option': 'by an option of the socket',
}

function structOpsLine({ plan }: StepOf<'struct-ops-laid-out'>): string {
  const { map, types, value, slots } = plan
  const programs = slots.map(({ program, member }) => `member ${member} is program ${quoted(program)}`)
  const where = types.module === undefined ? 'vmlinux' : `module ${quoted(types.module)}`
  return `relocate: struct_ops map ${quoted(map)} is type ${types.valueType} of ${where}, ${value.length} bytes: ${programs.join(', ') || 'no programs'}`
}

function argumentText(value: ArgumentValue): string {
  if (typeof value === 'object') return `[${value.length} bytes]`
  return typeof value === 'string' ? quoted(value) : String(value)
}
