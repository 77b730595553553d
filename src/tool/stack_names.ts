import { basename } from 'node:path'
import {
  BpfError,
  KernelSymbols,
  openKernel,
  type StackTraceMap,
  type SymbolizedFrame,
  symbolize,
  UserSymbols,
} from '../index.ts'
import { printable } from './printable.ts'

/** Where a program found itself, by what bpf_get_stackid() said. */
export interface StackPlace {
  readonly pid: number
  readonly comm: string
  readonly user_stack: number
  readonly kernel_stack: number
}

/** What bpf_get_stackid() answers where there is no such stack: a thread of the kernel has none of user space. */
const EFAULT = -14

/** The innermost functions of a program at a tracepoint: what called the program, and itself. */
const RUNS_PROGRAMS = /^(__traceiter_|__bpf_trace_|bpf_trace_run|bpf_trampoline_|bpf_prog_)/

/**
 * Names the functions of stacks for flame graphs: `main`, `vfs_read_[k]` for the kernel's, `[libc.so.6]` where only the file is
 * known, and `[unknown]`. Each stack is named once, so that it is best done soon: a process that has ended has no names any more.
 */
export class StackNames {
  readonly #stacks: StackTraceMap
  readonly #kernel = new KernelSymbols(openKernel())
  readonly #processes = new Map<number, UserSymbols>()
  /** Whose mappings are known as they are now. */
  readonly #current = new Set<number>()
  readonly #named = new Map<string, readonly string[]>()

  constructor(stacks: StackTraceMap) {
    this.#stacks = stacks
  }

  /** From now on processes may have loaded other files than before. */
  refresh(): void {
    this.#current.clear()
  }

  /**
   * The name of the task and the functions that led to the place, the outermost first.
   *
   * @throws PermissionError where the kernel hides its addresses
   */
  framesOf({ pid, comm, user_stack, kernel_stack }: StackPlace): readonly string[] {
    const user = this.#cached(`${pid} ${comm} ${user_stack}`, () => this.#userFrames(pid, user_stack))
    const kernel = this.#cached(`kernel ${kernel_stack}`, () => this.#kernelFrames(kernel_stack))
    return [frameName(comm), ...user, ...kernel]
  }

  #cached(key: string, name: () => readonly string[]): readonly string[] {
    const known = this.#named.get(key) ?? name()
    this.#named.set(key, known)
    return known
  }

  #kernelFrames(id: number): readonly string[] {
    const names = this.#frames(id, this.#kernel, ({ name = '[unknown]' }) => `${name}_[k]`)
    return names.slice(0, names.findLastIndex((name) => !RUNS_PROGRAMS.test(name)) + 1)
  }

  #userFrames(pid: number, id: number): readonly string[] {
    return this.#frames(id, id < 0 ? undefined : this.#process(pid), ({ name, origin }) => {
      return name ?? (origin === undefined ? '[unknown]' : `[${basename(origin)}]`)
    })
  }

  #frames(
    id: number,
    symbols: KernelSymbols | UserSymbols | undefined,
    nameOf: (frame: SymbolizedFrame) => string,
  ): readonly string[] {
    if (id === EFAULT) return []
    const frames = id < 0 ? undefined : this.#stacks.frames(id)
    if (frames === undefined) return ['[lost stack]']
    if (symbols === undefined) return frames.map(() => '[unknown]').reverse()
    return symbolize(frames, symbols)
      .map((frame) => frameName(nameOf(frame)))
      .reverse()
  }

  /** Undefined where the process ended before it was looked at. */
  #process(pid: number): UserSymbols | undefined {
    const known = this.#processes.get(pid)
    if (this.#current.has(pid)) return known
    this.#current.add(pid)
    try {
      if (known !== undefined) known.refresh()
      else this.#processes.set(pid, this.#newProcess(pid))
    } catch (error) {
      if (!(error instanceof BpfError)) throw error
    }
    return this.#processes.get(pid)
  }

  #newProcess(pid: number): UserSymbols {
    const [sharing] = this.#processes.values()
    return new UserSymbols(openKernel(), pid, { sharing })
  }
}

/** A semicolon ends a frame. */
function frameName(name: string): string {
  return printable(name).replaceAll(';', ':')
}
