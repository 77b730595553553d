import { openKernel } from '../index.ts'
import { runningKernelBtf } from '../loader/target_btf.ts'

/**
 * How many arguments a raw tracepoint of this kernel has; undefined where it has none of that name. Some tracepoints got or lost
 * arguments, and stable releases took such changes over, so that the version of a kernel does not tell.
 *
 * `btf_trace_NAME` is a pointer to the type of the functions that are called: void of the data of their own, and the arguments
 * (`__bpf_trace_##call` in include/trace/bpf_probe.h, Linux 6.18).
 *
 * @throws BtfError, KernelError where the kernel's types cannot be read
 */
export function tracepointArguments(name: string): number | undefined {
  const btf = runningKernelBtf(openKernel(), undefined)
  const typedef = btf.find(`btf_trace_${name}`, 'typedef')
  const pointer = typedef && btf.type(typedef.target)
  const called = pointer?.kind === 'ptr' ? btf.type(pointer.target) : undefined
  return called?.kind === 'func_proto' ? called.params.length - 1 : undefined
}
