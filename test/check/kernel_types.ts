import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { addBasics } from '../btf/build.ts'
import { at } from '../core/members.ts'

/** What a kernel has, as far as test/fixtures/check/newer_field.bpf.c is concerned. */
export interface KernelDescription {
  /** Of `struct thing`. */
  readonly fields?: readonly string[]
  readonly helpers?: readonly string[]
  readonly tracepoints?: readonly string[]
  readonly functions?: readonly string[]
  /** Names of enums that the kernel's BTF does not have. */
  readonly without?: readonly string[]
}

/** The types of a kernel that has what is described, and by default all that the object wants. */
export function kernelTypes(description: KernelDescription = {}): Btf {
  return Btf.parse(kernelBytes(description), { name: 'test' })
}

/** The same as a file has them. */
export function kernelBytes(description: KernelDescription = {}): Uint8Array {
  const { fields = ['old_field', 'new_field'], functions = ['thing_do'], without = [] } = description
  const { helpers = ['BPF_FUNC_probe_read_kernel'], tracepoints = ['thing_done', 'sched_switch'] } =
    description
  const enums = {
    bpf_func_id: helpers,
    bpf_map_type: ['BPF_MAP_TYPE_ARRAY'],
    bpf_prog_type: ['BPF_PROG_TYPE_KPROBE', 'BPF_PROG_TYPE_RAW_TRACEPOINT', 'BPF_PROG_TYPE_TRACING'],
    bpf_attach_type: ['BPF_TRACE_FENTRY'],
  }
  const builder = new BtfBuilder({})
  const { int } = addBasics(builder)
  const members = fields.map((name, index) => at(8 + 4 * index, name, int))
  builder.addStruct('thing', 64, members)
  for (const [name, names] of Object.entries(enums)) {
    const enumerators = names.map((each, index) => ({ name: each, value: BigInt(index) }))
    if (!without.includes(name)) builder.addEnum(name, { size: 4, signed: false, enumerators })
  }
  const proto = builder.addFuncProto(int, [])
  for (const name of functions) builder.addFunc(name, proto, 'static')
  for (const name of tracepoints) builder.addTypedef(`btf_trace_${name}`, proto)
  return builder.finish({ endianness: 'little' })
}
