import type { AttachTarget } from './attach_target.ts'
import type { SectionDefinition } from './section_definitions.ts'
import type { UserProbeTarget } from './user_probe_target.ts'

/* What follows the slash in the names of sections whose programs are probes in user space. A path ends at the first colon. */

/** `uprobe/PATH:FUNCTION` with an offset in it, as `libc.so.6:malloc+0x10` (`attach_uprobe` in libbpf's src/libbpf.c). */
export function readUprobe({ prefix }: SectionDefinition, suffix: string): AttachTarget {
  const [path, place] = splitOnce(suffix, ':')
  if (path === '' || place === '') return wrongForm(`${prefix}/PATH:FUNCTION+OFFSET`)
  const { name, offset } = splitOffset(place)
  const kind = prefix.startsWith('uret') ? 'uretprobe' : 'uprobe'
  if (kind === 'uretprobe' && offset !== 0) {
    return {
      kind: 'unsupported',
      why: 'a function returns from its start alone, so that it cannot have an offset',
    }
  }
  return { kind, path, function: name, ...(offset === 0 ? {} : { offset }) }
}

const MULTI_KINDS: readonly {
  readonly prefix: string
  readonly kind: Extract<UserProbeTarget, { readonly pattern: string }>['kind']
}[] = [
  { prefix: 'uprobe.multi', kind: 'uprobe.multi' },
  { prefix: 'uretprobe.multi', kind: 'uretprobe.multi' },
  { prefix: 'uprobe.session', kind: 'uprobe.session' },
]

/** `uprobe.multi/PATH:PATTERN` (`attach_uprobe_multi` in libbpf's src/libbpf.c). */
export function readUprobeMulti({ prefix }: SectionDefinition, suffix: string): AttachTarget {
  const [path, pattern] = splitOnce(suffix, ':')
  const known = MULTI_KINDS.find((each) => prefix.startsWith(each.prefix))
  if (path === '' || pattern === '' || known === undefined) return wrongForm(`${prefix}/PATH:PATTERN`)
  return { kind: known.kind, path, pattern }
}

/** `usdt/PATH:PROVIDER:NAME` (`attach_usdt` in libbpf's src/libbpf.c). */
export function readUsdt({ prefix }: SectionDefinition, suffix: string): AttachTarget {
  const [path = '', provider = '', name = '', ...rest] = suffix.split(':')
  if (path === '' || provider === '' || name === '' || rest.length > 0) {
    return wrongForm(`${prefix}/PATH:PROVIDER:NAME`)
  }
  return { kind: 'usdt', path, provider, name }
}

/** Functions of C++ and Go may have a `+` in their names, so only a number at the end is an offset. */
function splitOffset(place: string): { readonly name: string; readonly offset: number } {
  const [, name, written = ''] = /^(.+)\+(0[xX][\da-fA-F]+|\d+)$/.exec(place) ?? []
  // As `%li` of scanf(3) has it, a leading 0 stands for octal digits.
  const offset = /^0[0-7]+$/.test(written) ? Number.parseInt(written, 8) : Number(written)
  if (name === undefined || !Number.isSafeInteger(offset)) return { name: place, offset: 0 }
  return { name, offset }
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function wrongForm(form: string): AttachTarget {
  return { kind: 'unsupported', why: `it has not the form ${form}` }
}
