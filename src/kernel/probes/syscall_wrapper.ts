import { cString } from '../../abi/object_name.ts'
import { encodePerfEventAttr, PERF_EVENT_ATTR, PERF_FLAG_FD_CLOEXEC } from '../../abi/perf_event_attr.ts'
import type { EncodedAttr } from '../../abi/encoded_attr.ts'
import { FileDescriptor } from '../file_descriptor.ts'
import type { Kernel } from '../kernel.ts'
import { readWholeFile } from '../whole_file.ts'
import { NOT_THERE, probe, THERE } from './probe.ts'

/** The number of the kprobes' PMU (Documentation/ABI/testing/sysfs-bus-event_source-devices). */
export const KPROBE_TYPE_PATH = '/sys/bus/event_source/devices/kprobe/type'

const MAX_SIZE = 64

/** What comes before `_sys_bpf` in the name of the function, by Node's name of the architecture. */
const PREFIXES: Readonly<Record<string, string>> = {
  x64: '__x64',
  arm64: '__arm64',
  s390x: '__s390x',
  riscv64: '__riscv',
}

/**
 * Whether system calls are functions with the architecture's name in theirs, `__x64_sys_bpf` (Linux 4.17 on x86-64). Asked
 * by a kprobe that is never enabled, as libbpf does; a kernel without kprobes answers no, and nothing could be attached
 * to such a function there.
 */
export const hasSyscallWrapper = probe(['ENOENT', 'EINVAL', 'ENODEV', 'EOPNOTSUPP'], (kernel) => {
  const prefix = PREFIXES[process.arch]
  if (prefix === undefined) return NOT_THERE
  const type = Number(new TextDecoder().decode(readWholeFile(kernel, KPROBE_TYPE_PATH, MAX_SIZE)))
  const attr = kprobeAttr(type, `${prefix}_sys_bpf`)
  const fd = kernel.perfEventOpen(attr, process.pid, -1, -1, PERF_FLAG_FD_CLOEXEC)
  new FileDescriptor(kernel, fd, 'kprobe').close()
  return THERE
})

/** The function that does a system call: `__x64_sys_openat`, or without wrappers `__se_sys_openat`. */
export function syscallFunction(kernel: Kernel, name: string): string {
  const prefix = PREFIXES[process.arch]
  const wrapped = prefix !== undefined && hasSyscallWrapper(kernel).kind === 'there'
  return `${wrapped ? prefix : '__se'}_sys_${name}`
}

/** `config1` is the address of the function's name (`kprobe_func`); config2, the offset in it, is 0. */
function kprobeAttr(type: number, fn: string): EncodedAttr {
  const { bytes, pointers } = encodePerfEventAttr({ type })
  const config1 = PERF_EVENT_ATTR.fields.find(({ name }) => name === 'config1')
  const offset = config1?.offset ?? 0
  return { bytes, pointers: [...pointers, { field: 'config1', offset, target: cString(fn) }] }
}
