import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'

const KERNEL_FUNCTIONS = ['do_exit', 'bpf_lsm_file_open', 'bpf_iter_task', 'sched_switch']

/** Types of a kernel that has a tracepoint sched_switch and these functions; or of a module, on top of a kernel's. */
export function functionTypes(functions: readonly string[] = KERNEL_FUNCTIONS, base?: Btf): Btf {
  const builder = new BtfBuilder(base === undefined ? {} : { base })
  const int = builder.addInt('int', 4, { encoding: 'signed' })
  const proto = builder.addFuncProto(int, [])
  if (base === undefined) builder.addTypedef('btf_trace_sched_switch', int)
  for (const name of functions) builder.addFunc(name, proto, 'static')
  const name = base === undefined ? 'vmlinux' : 'module'
  return Btf.parse(builder.finish({ endianness: 'little' }), { name, base })
}
