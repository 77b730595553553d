import { coreKinds } from '../core/kinds.ts'
import { describeAccess } from '../core/describe_access.ts'
import type { CoreResolution } from '../core/resolve.ts'
import { disassemble } from '../insn/disassemble.ts'
import type { ArgumentValue, SyscallStep } from '../kernel/steps.ts'
import type { LoadStep } from '../loader/steps.ts'

/** One step of a load as one line of text, for people; `-v` prints these. Starts with the part of the pipeline it is from. */
export function stepLine(step: LoadStep): string {
  switch (step.kind) {
    case 'section-read':
      return `elf: section ${step.index} '${step.name}': type ${step.type}, ${step.size} bytes at ${step.offset}`
    case 'program-found':
      return `object: program '${step.program.name}' in section '${step.program.sectionName}': ${step.program.insns.length / 8} instructions`
    case 'map-found':
      return `object: map '${step.map.name}': type ${step.map.type}, key ${step.map.keySize}, value ${step.map.valueSize}, max_entries ${step.map.maxEntries}`
    case 'target-btf-read':
      return `btf: ${step.name}: ${step.typeCount} types in ${step.bytes} bytes`
    case 'map-reference-found':
      return `relocate: ${step.program}: instruction ${step.reference.insn} refers to ${step.reference.kind === 'map' ? 'map' : `byte ${step.reference.offset} of map`} '${step.reference.map}'`
    case 'core-resolved':
      return `core: ${step.program}: instruction ${step.insn}: ${coreKinds[step.relo.kind]?.name ?? step.relo.kind} ${resolutionText(step.resolution)}`
    case 'insn-patched':
      return `${step.why === 'core' ? 'core' : 'load'}: ${step.program}: instruction ${step.insn}: ${disassemble(step.before)} => ${disassemble(step.after)}`
    case 'syscall':
      return syscallLine(step)
    case 'btf-loaded':
      return `load: BTF of ${step.object}: ${step.bytes} bytes, fd ${step.fd}`
    case 'map-created':
      return `load: map '${step.map}': fd ${step.fd}`
    case 'map-filled':
      return `load: map '${step.map}': ${step.bytes} bytes filled in`
    case 'map-frozen':
      return `load: map '${step.map}': frozen`
    case 'program-verified':
      return `load: program '${step.program}': ${step.insnCount} instructions verified, fd ${step.fd}`
    case 'link-made':
      return `attach: program '${step.program}' to ${step.target} (${step.how === 'bpf-link' ? 'BPF link' : 'perf event ioctl'})`
  }
}

function resolutionText({ local, candidates, target, result }: CoreResolution): string {
  const asked = `${describeAccess(local)} (bit ${local.bitOffset})`
  const matched = candidates.filter(({ access }) => access !== undefined).length
  const found = `${matched} of ${candidates.length} candidates match`
  if (result.kind === 'poison') return `${asked}: ${found}, poisoned`
  const place = target === undefined ? '' : ` (bit ${target.bitOffset} of type ${target.root})`
  return `${asked}: ${found}, value ${result.value}${place}`
}

function syscallLine(step: SyscallStep): string {
  const name = step.command === undefined ? step.syscall : `${step.syscall}(${step.command})`
  const fields = Object.entries(step.arguments).map(([field, value]) => `${field}=${argumentText(value)}`)
  const size = step.attrSize === undefined ? '' : `, ${step.attrSize} bytes`
  const outcome = step.outcome.kind === 'failed' ? `-1 ${step.outcome.errnoName}` : String(step.outcome.value)
  return `syscall: ${name} {${fields.join(', ')}}${size} = ${outcome}`
}

function argumentText(value: ArgumentValue): string {
  if (typeof value === 'object') return `[${value.length} bytes]`
  return typeof value === 'string' ? `"${value}"` : String(value)
}
