import type { AttachTarget } from './attach_target.ts'
import type { SectionDefinition } from './section_definitions.ts'

/** Functions of the kernel's in names of sections (`attach_kprobe` and `attach_kprobe_multi` in libbpf's src/libbpf.c 1.6). */
const FUNCTION_AND_OFFSET = /^([\w.]+)(?:\+(0x[\da-f]+|\d+))?$/i
const PATTERN = /^[\w.*?]+$/
const SYSCALL = /^\w+$/

const unsupported = (why: string): AttachTarget => ({ kind: 'unsupported', why })

/** `do_exit`, and `do_exit+0x10` where the program is not one of returns. */
export function readKprobe({ prefix }: SectionDefinition, suffix: string): AttachTarget {
  const [, name, offset] = FUNCTION_AND_OFFSET.exec(suffix) ?? []
  const returns = prefix === 'kretprobe'
  if (name === undefined || (returns && offset !== undefined)) {
    return unsupported(`it has not the form ${prefix}/FUNCTION${returns ? '' : ' or kprobe/FUNCTION+OFFSET'}`)
  }
  return returns
    ? { kind: 'kretprobe', function: name }
    : { kind: 'kprobe', function: name, offset: Number(offset ?? 0) }
}

/** `openat` */
export function readKsyscall({ prefix }: SectionDefinition, suffix: string): AttachTarget {
  if (!SYSCALL.test(suffix)) return unsupported(`it has not the form ${prefix}/SYSCALL`)
  return { kind: prefix === 'kretsyscall' ? 'kretsyscall' : 'ksyscall', name: suffix }
}

/** `tcp_*` */
export function readKprobeMulti({ prefix }: SectionDefinition, suffix: string): AttachTarget {
  return PATTERN.test(suffix) ? { kind: multiKind(prefix), pattern: suffix } : notAPattern(prefix)
}

/** `tcp_*` */
export function readTracingMulti({ prefix }: SectionDefinition, suffix: string): AttachTarget {
  return PATTERN.test(suffix) ? { kind: 'tracing.multi', pattern: suffix } : notAPattern(prefix)
}

const notAPattern = (prefix: string): AttachTarget =>
  unsupported(`it has not the form ${prefix}/PATTERN, of letters, digits, _, ., * and ?`)

function multiKind(prefix: string): 'kprobe.multi' | 'kretprobe.multi' | 'kprobe.session' {
  if (prefix === 'kretprobe.multi') return 'kretprobe.multi'
  return prefix === 'kprobe.session' ? 'kprobe.session' : 'kprobe.multi'
}
