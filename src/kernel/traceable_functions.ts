import type { Kernel } from './kernel.ts'
import { KernelError } from './kernel_error.ts'
import { readTracefsFile } from './tracefs.ts'

/** A function that ftrace can trace. */
export interface TraceableFunction {
  readonly name: string
  /** Where in the kernel's memory it is traced; undefined where the kernel does not tell (before Linux 6.5). */
  readonly address: bigint | undefined
}

/** `ffffffff81000000 name` or `name`, and behind it a module's name in brackets; spaces or a tab before that. */
const LINE = /^(?:([\da-f]+) )?(\S+)(?:\s+\[(\S+)\])?$/

/**
 * The functions that ftrace can trace and whose names match a shell's pattern of `*` and `?`, in the order of their addresses:
 * those of vmlinux, and of modules where the kernel tells addresses (Documentation/trace/ftrace.rst, available_filter_functions;
 * available_filter_functions_addrs since Linux 6.5). Without addresses functions of modules are left out, since the kernel finds them by
 * their names only since 6.3.
 *
 * @throws KernelError 'NO_TRACEFS'; PermissionError
 */
export function traceableFunctions(kernel: Kernel, pattern: string): readonly TraceableFunction[] {
  const wanted = regularExpression(pattern)
  const functions: TraceableFunction[] = []
  for (const line of listFunctions(kernel).split('\n')) {
    const [, address, name, module] = LINE.exec(line) ?? []
    if (name === undefined || !wanted.test(name)) continue
    if (address !== undefined) functions.push({ name, address: BigInt(`0x${address}`) })
    else if (module === undefined) functions.push({ name, address: undefined })
  }
  return functions
}

/** Stands for a function that was there once, in the file that lists them (`print_rec` of kernel/trace/ftrace.c). */
const GONE = '__ftrace_invalid_address__'

/**
 * The names of all functions that ftrace can trace, those of modules as `nf_tables:nft_do_chain`.
 *
 * @throws KernelError 'NO_TRACEFS'; PermissionError
 */
export function traceableFunctionNames(kernel: Kernel): ReadonlySet<string> {
  const names = new Set<string>()
  for (const line of readTracefsFile(kernel, 'available_filter_functions').split('\n')) {
    const space = line.search(/\s/)
    if (line === '' || line.startsWith(GONE)) continue
    if (space === -1) names.add(line)
    else names.add(`${moduleIn(line)}:${line.slice(0, space)}`)
  }
  return names
}

/** `name [module]`, with something more behind it where the function is traced. */
const moduleIn = (line: string): string => line.slice(line.indexOf('[') + 1, line.indexOf(']'))

function listFunctions(kernel: Kernel): string {
  try {
    return readTracefsFile(kernel, 'available_filter_functions_addrs')
  } catch (error) {
    if (!(error instanceof KernelError) || error.code !== 'NO_TRACEFS') throw error
    return readTracefsFile(kernel, 'available_filter_functions')
  }
}

function regularExpression(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[^\w*?]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`)
}
