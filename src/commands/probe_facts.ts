import { openKernel } from '../index.ts'
import { readKallsyms } from '../kernel/kallsyms.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { requireProbeEvents } from '../kernel/probe_events.ts'
import { traceableFunctionNames } from '../kernel/traceable_functions.ts'
import { TracepointFormats, tracepoints } from '../kernel/tracefs.ts'
import { perfEventNames } from '../links/perf_event_numbers.ts'
import type { ProbeFacts } from '../probes/facts.ts'
import type { KernelTypes } from '../probes/kernel_names.ts'
import { kernelFunctionNames } from '../relocate/kallsyms.ts'
import { runningTypes } from './target_types.ts'

/** What of the running kernel a list of probes is made from, asked once. What holds descriptors is closed with it. */
export class RunningProbeFacts implements ProbeFacts, Disposable {
  readonly #open: () => Kernel
  readonly #readTypes: () => KernelTypes
  #kernel: Kernel | undefined
  #types: KernelTypes | undefined
  #traceable: Answer<ReadonlySet<string>> | undefined
  #formats: TracepointFormats | undefined

  /** Types are read without system calls of our own: where nothing else is wanted, the kernel need not be opened. */
  constructor(open: () => Kernel = openKernel, readTypes: () => KernelTypes = typesInFiles) {
    this.#open = open
    this.#readTypes = readTypes
  }

  types = (): KernelTypes => (this.#types ??= this.#readTypes())

  tracepoints = (): readonly string[] => tracepoints(this.#opened())

  tracepointFormat = (category: string, name: string): string =>
    (this.#formats ??= new TracepointFormats(this.#opened())).read(category, name)

  traceable = (): ReadonlySet<string> =>
    unwrap((this.#traceable ??= answer(() => traceableFunctionNames(this.#opened()))))

  requireKprobes = (): void => {
    requireProbeEvents(this.#opened(), 'kprobe')
  }

  functions = (): Iterable<string> => kernelFunctionNames(readKallsyms(this.#opened()))

  perfEvents = (): readonly string[] => perfEventNames(this.#opened())

  #opened(): Kernel {
    return (this.#kernel ??= this.#open())
  }

  [Symbol.dispose](): void {
    this.#formats?.close()
  }
}

function typesInFiles(): KernelTypes {
  const { targetBtf, modules } = runningTypes()
  return { vmlinux: targetBtf(), modules: modules() }
}

/** What was answered, or thrown: both are known from then on. */
type Answer<Value> = { readonly value: Value } | { readonly error: unknown }

function answer<Value>(ask: () => Value): Answer<Value> {
  try {
    return { value: ask() }
  } catch (error) {
    return { error }
  }
}

function unwrap<Value>(given: Answer<Value>): Value {
  if ('value' in given) return given.value
  throw given.error
}
