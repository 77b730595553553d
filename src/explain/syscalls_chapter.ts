import { bpf_attach_type, bpf_prog_type } from '../abi/generated/bpf.ts'
import { mapTypeName } from '../abi/map_type_name.ts'
import type { ArgumentValue, SyscallStep } from '../kernel/steps.ts'
import type { LoadStep } from '../loader/steps.ts'
import type { NamedValue, SyscallReport, SyscallsChapter } from './explanation.ts'

/** The system calls of a load, each with what it was issued for. */
export function syscallsChapter(steps: readonly LoadStep[]): SyscallsChapter {
  const syscalls: SyscallReport[] = []
  const descriptors = new Descriptors()
  for (const step of steps) {
    if (step.kind !== 'syscall') continue
    const number = syscalls.length + 1
    syscalls.push(syscallReport(step, number, purposeOf(step, descriptors)))
    descriptors.follow(step, number)
  }
  return { syscalls }
}

function syscallReport(step: SyscallStep, number: number, purpose: string): SyscallReport {
  const { syscall, command, attrSize, attr, outcome } = step
  return {
    number,
    purpose,
    syscall,
    command,
    arguments: Object.entries(step.arguments).map(([name, value]) => argument(name, value)),
    attrSize,
    attr: attr === undefined ? undefined : Buffer.from(attr).toString('hex'),
    result: outcome.kind === 'failed' ? `-1 ${outcome.errnoName}` : String(outcome.value),
    failed: outcome.kind === 'failed',
  }
}

function argument(name: string, value: ArgumentValue): NamedValue {
  if (typeof value === 'object') return { name, value: `[${value.length} bytes]` }
  if (typeof value === 'string') return { name, value: JSON.stringify(value) }
  const meaning = enumerators[name]?.(Number(value))
  return { name, value: meaning === undefined ? String(value) : `${value} (${meaning})` }
}

/** Fields whose numbers have names in the kernel's headers. */
const enumerators: Readonly<Record<string, (value: number) => string | undefined>> = {
  map_type: mapTypeName,
  prog_type: (value) => nameIn(bpf_prog_type, value),
  attach_type: (value) => nameIn(bpf_attach_type, value),
  expected_attach_type: (value) => nameIn(bpf_attach_type, value),
}

function nameIn(enumeration: Readonly<Record<string, number>>, value: number): string | undefined {
  return Object.keys(enumeration).find((name) => enumeration[name] === value)
}

/** What descriptors stand for, as far as the calls tell that made them. */
class Descriptors {
  readonly #names = new Map<number, { readonly call: number; readonly name: string }>()

  follow({ syscall, command, arguments: values, outcome }: SyscallStep, call: number): void {
    const fd = values['fd']
    if (syscall === 'close' && typeof fd === 'number') this.#names.delete(fd)
    if (outcome.kind === 'failed' || !makesDescriptor.has(command ?? syscall)) return
    this.#names.set(outcome.value, { call, name: nameOf(values) })
  }

  /** `map rb`, or '' for one that has no name. */
  name(fd: ArgumentValue | undefined): string {
    return typeof fd === 'number' ? (this.#names.get(fd)?.name ?? '') : ''
  }

  /** The number of the call that made it. */
  call(fd: ArgumentValue | undefined): number | undefined {
    return typeof fd === 'number' ? this.#names.get(fd)?.call : undefined
  }
}

const makesDescriptor: ReadonlySet<string> = new Set([
  'BPF_BTF_LOAD',
  'BPF_MAP_CREATE',
  'BPF_PROG_LOAD',
  'BPF_LINK_CREATE',
  'BPF_RAW_TRACEPOINT_OPEN',
  'BPF_BTF_GET_FD_BY_ID',
  'BPF_OBJ_GET',
  'perf_event_open',
  'openat',
  'fsopen',
  'fsmount',
  'socket',
  'pidfd_open',
])

function nameOf(values: SyscallStep['arguments']): string {
  const name = values['map_name'] ?? values['prog_name'] ?? values['path']
  return typeof name === 'string' ? name : ''
}

const purposes: Readonly<Record<string, string>> = {
  BPF_BTF_LOAD: 'gives the kernel the types',
  BPF_MAP_CREATE: 'creates a map',
  BPF_MAP_UPDATE_ELEM: 'fills a map',
  BPF_MAP_FREEZE: 'ends writing by user space',
  BPF_PROG_LOAD: 'hands a program to the verifier',
  BPF_PROG_BIND_MAP: 'ties a map to a program that does not name it',
  BPF_LINK_CREATE: 'attaches a program',
  BPF_RAW_TRACEPOINT_OPEN: 'attaches a program',
  BPF_BTF_GET_NEXT_ID: 'looks for the types of modules',
  BPF_BTF_GET_FD_BY_ID: 'opens the types of a module',
  BPF_OBJ_GET_INFO_BY_FD: 'asks what a descriptor is',
  BPF_OBJ_GET: 'looks for a pinned map',
  BPF_OBJ_PIN: 'pins a map',
  perf_event_open: 'opens the event',
  ioctl: 'sets up the event',
  openat: 'opens a file',
  read: 'reads a file',
  mmap: 'maps memory',
  fsopen: 'makes a mount that nobody else sees',
  fsconfig: 'makes a mount that nobody else sees',
  fsmount: 'makes a mount that nobody else sees',
}

/** What a call is for, with what it is about where that has a name. */
function purposeOf({ syscall, command, arguments: values }: SyscallStep, descriptors: Descriptors): string {
  if (syscall === 'close') {
    const call = descriptors.call(values['fd'])
    const name = descriptors.name(values['fd'])
    return call === undefined ? '' : `lets go of what call ${call} opened${name === '' ? '' : `: ${name}`}`
  }
  const purpose = purposes[command ?? syscall] ?? ''
  const about = values['map_fd'] ?? values['prog_fd'] ?? values['fd']
  const name = nameOf(values) || descriptors.name(about)
  return name === '' || purpose === '' ? purpose : `${purpose}: ${name}`
}
