import { BpfError } from '../base/errors.ts'
import type { Endianness } from '../base/reader.ts'
import type { ExternSpec, KconfigExtern } from '../object/extern_spec.ts'
import { type ConfigLine, findConfigLines } from './config_text.ts'
import type { ExternFacts, KernelConfigText } from './extern_facts.ts'
import { type ExternOutcome, type ExternOutcomes, failed, notFound } from './extern_resolution.ts'
import { encodeConfigValue, type EncodedKconfig, encodeNumber } from './kconfig_value.ts'

/**
 * Finds the values of `__kconfig` variables. `CONFIG_*` are options of the kernel's configuration; a few `LINUX_*` stand for
 * facts that no configuration tells, as `bpf_object__resolve_externs` of tools/lib/bpf/libbpf.c has them (bpf-next with libbpf
 * 1.6). Unlike there, a weak option is 0 also where the kernel offers no configuration at all.
 */
export function resolveKconfig(
  externs: readonly KconfigExtern[],
  facts: ExternFacts,
  endianness: Endianness,
): ExternOutcomes {
  const outcomes = new Map<ExternSpec, ExternOutcome>()
  for (const extern of externs) {
    if (extern.holds.kind === 'unsupported') outcomes.set(extern, unsupported(extern))
    else if (!isOption(extern)) outcomes.set(extern, resolveVirtual(extern, facts, endianness))
  }
  const options = externs.filter((extern) => !outcomes.has(extern))
  if (options.length > 0) resolveOptions(options, facts.kernelConfig ?? [], endianness, outcomes)
  return outcomes
}

function isOption({ name }: KconfigExtern): boolean {
  return name.startsWith('CONFIG_')
}

function unsupported({ name }: KconfigExtern): ExternOutcome {
  return failed(
    'RELOCATION_BAD_EXTERN',
    `extern ${name} is of a type that nothing in a configuration has; declare it as bool, enum libbpf_tristate, char, an ` +
      'integer or an array of char',
  )
}

/** Reads source by source, as long as options are missing. */
function resolveOptions(
  options: readonly KconfigExtern[],
  sources: readonly (() => KernelConfigText)[],
  endianness: Endianness,
  outcomes: Map<ExternSpec, ExternOutcome>,
): void {
  let missing = options
  let unreadable: BpfError | undefined
  const searched: string[] = []
  for (const read of sources) {
    if (missing.length === 0) break
    try {
      const source = read()
      const lines = findConfigLines(source.text, new Set(missing.map(({ name }) => name)))
      searched.push(source.name)
      for (const extern of missing) {
        const line = lines.get(extern.name)
        if (line !== undefined) outcomes.set(extern, resolveOption(extern, source, line, endianness))
      }
    } catch (error) {
      if (!(error instanceof BpfError)) throw error
      unreadable = error
    }
    missing = missing.filter((extern) => !outcomes.has(extern))
  }
  for (const extern of missing) outcomes.set(extern, notSet(extern, sources, searched, unreadable))
}

function resolveOption(
  extern: KconfigExtern,
  source: KernelConfigText,
  { lineNumber, value }: ConfigLine,
  endianness: Endianness,
): ExternOutcome {
  const encoded: EncodedKconfig =
    value === ''
      ? { kind: 'problem', problem: 'the line gives no value' }
      : encodeConfigValue(extern, value, endianness)
  return outcomeOf(extern, encoded, `${source.name}, line ${lineNumber}`, value)
}

function outcomeOf(
  extern: KconfigExtern,
  encoded: EncodedKconfig,
  source: string,
  text: string,
): ExternOutcome {
  if (encoded.kind === 'bytes') return { kind: 'value', source, text, bytes: encoded.bytes }
  return failed(
    'RELOCATION_BAD_EXTERN',
    `extern ${extern.name} cannot hold ${shortened(text)} (${source}): ${encoded.problem}`,
  )
}

function shortened(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text)
}

const MAX_SHOWN = 80

function notSet(
  extern: KconfigExtern,
  sources: readonly unknown[],
  searched: readonly string[],
  unreadable: BpfError | undefined,
): ExternOutcome {
  const advice = 'declare it __weak to have 0 for it, or give a configuration that sets it (kernelConfig)'
  if (searched.length > 0) {
    return notFound(extern, `is not set in the kernel's configuration (${searched.join(', ')}); ${advice}`)
  }
  if (sources.length > 0) {
    const why = unreadable === undefined ? '' : `: ${unreadable.message}`
    return notFound(
      extern,
      `cannot be looked up, for want of the kernel's configuration${why}; ${advice}`,
      unreadable,
    )
  }
  return notGiven(extern, "is an option of the kernel's configuration", 'kernelConfig')
}

function notGiven({ name }: KconfigExtern, what: string, option: string): ExternOutcome {
  return failed(
    'RELOCATION_NO_KERNEL_FACTS',
    `extern ${name} ${what}, which was not given; give it (${option})`,
  )
}

interface Virtual {
  readonly what: string
  readonly option: keyof ExternFacts
  readonly value: (facts: ExternFacts) => number | boolean | undefined
}

const virtuals: Readonly<Record<string, Virtual>> = {
  LINUX_KERNEL_VERSION: {
    what: "is the kernel's version",
    option: 'kernelVersion',
    value: (facts) => facts.kernelVersion?.(),
  },
  LINUX_HAS_BPF_COOKIE: {
    what: 'says whether the kernel has BPF cookies',
    option: 'hasBpfCookie',
    value: (facts) => facts.hasBpfCookie?.(),
  },
  LINUX_HAS_SYSCALL_WRAPPER: {
    what: "says how the kernel's functions of system calls are called",
    option: 'hasSyscallWrapper',
    value: (facts) => facts.hasSyscallWrapper?.(),
  },
}

/** One that nobody knows may be from a newer loader: it is 0 where it is weak. */
function resolveVirtual(extern: KconfigExtern, facts: ExternFacts, endianness: Endianness): ExternOutcome {
  const { name } = extern
  const virtual = Object.hasOwn(virtuals, name) ? virtuals[name] : undefined
  if (virtual === undefined) {
    const unknown = 'is neither an option of the kernel (CONFIG_*) nor one of'
    const found = `${unknown} ${Object.keys(virtuals).join(', ')}; declare it as one of these`
    if (name.startsWith('LINUX_')) return notFound(extern, `${found}, or __weak to have 0 for it`)
    return failed('RELOCATION_BAD_EXTERN', `extern ${name} ${found}`)
  }
  try {
    const value = virtual.value(facts)
    if (value === undefined) return notGiven(extern, virtual.what, virtual.option)
    const encoded = encodeNumber(extern, BigInt(value), endianness)
    return outcomeOf(extern, encoded, 'the kernel', String(value))
  } catch (error) {
    if (!(error instanceof BpfError)) throw error
    return failed('RELOCATION_EXTERN_NOT_FOUND', `extern ${name} cannot be told: ${error.message}`, error)
  }
}
