import { matchesGlob } from '../base/glob.ts'

/** Whether a name matches. */
export type Matcher = (name: string) => boolean

const ALL: Matcher = () => true

/** What the names of sections start with, by the kinds of probes and their short names in bpftrace(8). */
const BPFTRACE_KINDS: ReadonlyMap<string, string> = new Map([
  ['tracepoint', 'tp'],
  ['t', 'tp'],
  ['rawtracepoint', 'raw_tp'],
  ['rt', 'raw_tp'],
  ['kprobe', 'kprobe'],
  ['k', 'kprobe'],
  ['kretprobe', 'kretprobe'],
  ['kr', 'kretprobe'],
  ['fentry', 'fentry'],
  ['kfunc', 'fentry'],
  ['f', 'fentry'],
  ['fexit', 'fexit'],
  ['kretfunc', 'fexit'],
  ['fr', 'fexit'],
  ['uprobe', 'uprobe'],
  ['u', 'uprobe'],
  ['uretprobe', 'uretprobe'],
  ['ur', 'uretprobe'],
  ['usdt', 'usdt'],
  ['U', 'usdt'],
  ['software', 'perf_event/software'],
  ['s', 'perf_event/software'],
  ['hardware', 'perf_event/hardware'],
  ['h', 'perf_event/hardware'],
  ['iter', 'iter'],
  ['it', 'iter'],
])

/**
 * What names of sections are looked for: a shell's pattern of `*` and `?` for the whole name, as `tp/sched/*`; or, without a
 * slash, for a part of it, wherever that is, as `unlink`. `tracepoint:sched:*` and its like, which bpftrace takes, are understood.
 */
export class ProbePattern {
  /** As it was written. */
  readonly text: string
  readonly #glob: string
  /** What every name that matches begins with. */
  readonly #start: string

  constructor(text: string) {
    this.text = text
    const section = fromBpftrace(text) ?? text
    this.#glob = section.includes('/') ? section : `*${section}*`.replaceAll(/\*+/g, '*')
    this.#start = /^[^*?]*/.exec(this.#glob)?.[0] ?? ''
  }

  /** The prefix that is spelled out in front of the first slash: `fexit` of `fexit/tcp_*`; undefined where there are wildcards. */
  get prefix(): string | undefined {
    const slash = this.#start.indexOf('/')
    return slash === -1 ? undefined : this.#start.slice(0, slash)
  }

  /** What follows that prefix and the slash. */
  get rest(): string {
    const { prefix } = this
    return prefix === undefined ? this.#glob : this.#glob.slice(prefix.length + 1)
  }

  /** Whether it asks for one name alone. */
  get isLiteral(): boolean {
    return this.#start === this.#glob
  }

  /** For whole names. */
  get matches(): Matcher {
    return matcherOf(this.#glob)
  }

  /** For what follows `prefix` and a slash; undefined where no name of that prefix can match. */
  within(prefix: string): Matcher | undefined {
    const start = `${prefix}/`
    if (this.#start.startsWith(start)) return matcherOf(this.#glob.slice(start.length))
    if (!start.startsWith(this.#start)) return undefined
    const { matches } = this
    return matches === ALL ? ALL : (name) => matches(start + name)
  }
}

/** `tracepoint:sched:sched_switch` is `tp/sched/sched_switch`. */
function fromBpftrace(text: string): string | undefined {
  const [, kind = '', place = ''] = /^([a-zA-Z]+):(.*)$/s.exec(text) ?? []
  const prefix = BPFTRACE_KINDS.get(kind)
  if (prefix === undefined) return undefined
  if (prefix === 'tp') return `tp/${place.replace(':', '/')}`
  // All functions of the kernel itself are in a module vmlinux there.
  return `${prefix}/${place.replace(/^vmlinux:/, '')}`
}

/** Whether names match a pattern. Most are a text with wildcards around it: those need no more than what the language has for them. */
export function matcherOf(glob: string): Matcher {
  if (/^\*+$/.test(glob)) return ALL
  const [, before = '', text = '', behind = ''] = /^(\*?)([^*?]*)(\*?)$/s.exec(glob) ?? []
  if (text === '') return (name) => matchesGlob(name, glob)
  if (before === '') return behind === '' ? (name) => name === text : (name) => name.startsWith(text)
  return behind === '' ? (name) => name.endsWith(text) : (name) => name.includes(text)
}
