import { BpfError } from '../base/errors.ts'
import type { Btf } from '../btf/btf.ts'
import { attachTypeInBtf } from '../relocate/attach_place.ts'
import { syscallOf } from '../check/checked_kernel.ts'
import { describeFunction } from './hook_probes.ts'
import { type NamedType, namedTypes } from './kernel_names.ts'
import type { ProbeFacts, ProbeRequest } from './facts.ts'
import type { Matcher } from './pattern.ts'
import { describeNothing, NOTHING_KNOWN, type ProbeDescription } from './probe.ts'
import { Trampolines } from './trampoline.ts'

const ANY_FUNCTION = attachTypeInBtf('BPF_TRACE_FENTRY')

/**
 * Functions that programs get the arguments of, by their prototypes: those of the kernel's BTF that ftrace can trace, and whose
 * arguments can be passed on. Where ftrace does not tell which it can trace, functions that it cannot are there, too. The
 * kernel refuses a few more, by lists of its own (`btf_id_deny` and `noreturn_deny` in kernel/bpf/verifier.c, Linux 6.18).
 */
export function tracedFunctionProbes(request: ProbeRequest): void {
  const { prefix, isWanted, facts, add } = request
  const types = facts.types()
  const isTraceable = traceableBy(request)
  const trampolines = new Map<Btf, Trampolines>()
  for (const { name, btf, id } of namedTypes(types, ANY_FUNCTION, isWanted)) {
    if (!isTraceable(name) || !fitsProgram(prefix, name)) continue
    const known = trampolines.get(btf) ?? new Trampolines(btf)
    trampolines.set(btf, known)
    if (known.fits(id)) add(`${prefix}/${name}`, () => describeFunction(btf, id))
  }
}

function traceableBy({ prefix, facts, report }: ProbeRequest): Matcher {
  try {
    const names = facts.traceable()
    return (name) => names.has(name)
  } catch (error) {
    if (!(error instanceof BpfError)) throw error
    report({
      prefix,
      error,
      instead: "all functions of the kernel's BTF are listed, and some of them cannot be traced",
    })
    return () => true
  }
}

/**
 * Programs that change what a function returns may be attached to security hooks, and to functions that are made for having errors
 * injected, which BTF does not tell (`check_attach_modify_return` in kernel/bpf/verifier.c, Linux 6.18). Links of many
 * functions know those of vmlinux alone.
 */
function fitsProgram(prefix: string, name: string): boolean {
  if (prefix === 'fmod_ret') return name.startsWith('security_')
  return !prefix.endsWith('.multi') || !name.includes(':')
}

/** What names of sections may have, as libbpf reads them (`attach_kprobe` in src/libbpf.c 1.6). */
const PROBED_NAME = /^[\w.]+$/

/** In front of functions is space for patching and checking calls, which has names and no probes (`is_cfi_preamble_symbol`). */
const PREAMBLE = /^__(?:pfx|cfi)_/

/**
 * Functions by their names, with arguments in registers: those that ftrace can trace, which is where kprobes do no harm; where
 * ftrace does not tell, all that the kernel's symbols name. A name that several functions have is there once, and the kernel may
 * refuse it.
 */
export function functionProbes(request: ProbeRequest): void {
  const { prefix, isWanted, facts, add } = request
  facts.requireKprobes()
  const isSyscall = prefix.endsWith('syscall')
  const toName = isSyscall ? syscallOf : (name: string): string => name
  const prototypes = new Prototypes(facts.types)
  const seen = new Set<string>()
  for (const symbol of probedFunctions(request)) {
    const name = toName(symbol.slice(symbol.indexOf(':') + 1))
    if (name === undefined || !isWanted(name) || seen.has(name)) continue
    if (!PROBED_NAME.test(name) || PREAMBLE.test(name)) continue
    seen.add(name)
    const describe = isSyscall ? describeNothing : () => prototypes.describe(symbol)
    add(`${prefix}/${name}`, describe)
  }
}

/** What BTF knows of functions by their names, each BTF searched once. */
class Prototypes {
  readonly #types: ProbeFacts['types']
  #known: ReadonlyMap<string, NamedType> | undefined

  constructor(types: ProbeFacts['types']) {
    this.#types = types
  }

  /** @param symbol With its module's name in front, if it is known. */
  describe(symbol: string): ProbeDescription {
    this.#known ??= new Map(
      [...namedTypes(this.#types(), ANY_FUNCTION, () => true)].map((each) => [each.name, each]),
    )
    const found = this.#known.get(symbol)
    return found === undefined ? NOTHING_KNOWN : describeFunction(found.btf, found.id)
  }
}

function probedFunctions({ prefix, facts, report }: ProbeRequest): Iterable<string> {
  try {
    return facts.traceable()
  } catch (error) {
    if (!(error instanceof BpfError) || isByFtrace(prefix)) throw error
    report({
      prefix,
      error,
      instead: 'all functions of /proc/kallsyms are listed, and some of them cannot be probed',
    })
    return facts.functions()
  }
}

/** Links of many functions go through fprobe, which is ftrace's. */
const isByFtrace = (prefix: string): boolean => prefix.endsWith('.multi') || prefix.endsWith('.session')
