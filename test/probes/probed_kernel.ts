import type { TypeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import type { ModuleBtf } from '../../src/btf/module_btf.ts'
import { KernelError } from '../../src/kernel/kernel_error.ts'
import type { ProbeFacts, ProbeProblem } from '../../src/probes/facts.ts'
import { listKernelProbes } from '../../src/probes/list_kernel_probes.ts'
import { ProbePattern } from '../../src/probes/pattern.ts'
import type { Probe } from '../../src/probes/probe.ts'
import { addBasics, built } from '../btf/build.ts'
import { at } from '../core/members.ts'

/** Functions, hooks, iterators and tracepoints of a small kernel, some of which look like places and are none. */
function addKernel(builder: BtfBuilder): void {
  const { int, u32, char } = addBasics(builder)
  const task = builder.addPtr(builder.addStruct('task_struct', 8, [at(0, 'pid', int)]))
  const text = builder.addPtr(builder.addModifier('const', char))
  const large = builder.addStruct('large', 24, [at(0, 'first', u32)])
  const small = builder.addTypedef('small_t', builder.addStruct('small', 16, [at(0, 'first', u32)]))
  const voidPointer = builder.addPtr(0 as TypeId)
  const func = (name: string, returns: TypeId, params: readonly [string, TypeId][]): TypeId => {
    const proto = builder.addFuncProto(
      returns,
      params.map(([param, type]) => ({ name: param, type })),
    )
    builder.addFunc(name, proto, 'static')
    return proto
  }
  const callback = builder.addPtr(builder.addFuncProto(int, [{ name: '', type: task }]))
  func('do_unlinkat', int, [
    ['dfd', int],
    ['name', text],
  ])
  func('for_each', 0 as TypeId, [['callback', callback]])
  func('_printk', int, [
    ['fmt', text],
    ['', 0 as TypeId],
  ])
  func('takes_large', int, [['large', large]])
  func('takes_small', int, [['small', small]])
  func('returns_small', small, [])
  func(
    'takes_thirteen',
    int,
    Array.from({ length: 13 }, (_, index) => [`p${index}`, int]),
  )
  func('security_file_open', int, [['file', voidPointer]])
  func('__x64_sys_openat', int, [['regs', voidPointer]])
  func('bpf_lsm_file_open', int, [['file', voidPointer]])
  func('bpf_lsm_verify_prog', int, [])
  builder.addUnion('security_list_options', 8, [at(0, 'file_open', voidPointer)])
  const meta = builder.addPtr(builder.addStruct('bpf_iter_meta', 8, [at(0, 'seq', int)]))
  func('bpf_iter_task', int, [
    ['meta', meta],
    ['task', task],
  ])
  func('bpf_iter_get_info', task, [['meta', meta]])
  func('bpf_iter_run_prog', int, [['prog', task]])
  func('__traceiter_sched_wake', int, [
    ['__data', voidPointer],
    ['task', task],
  ])
  const unnamed = builder.addFuncProto(0 as TypeId, [
    { name: '', type: voidPointer },
    { name: '', type: task },
  ])
  builder.addTypedef('btf_trace_sched_wake', builder.addPtr(unnamed))
  builder.addTypedef('btf_trace_bare', builder.addPtr(unnamed))
  const ops = builder.addStruct('tcp_ops', 8, [at(0, 'init', callback)])
  builder.addStruct('bpf_struct_ops_tcp_ops', 16, [at(0, 'common', int), at(8, 'data', ops)])
  builder.addStruct('bpf_struct_ops_desc', 16, [at(0, 'common', int)])
  const programTypes = [
    'TRACING',
    'LSM',
    'KPROBE',
    'TRACEPOINT',
    'RAW_TRACEPOINT',
    'STRUCT_OPS',
    'PERF_EVENT',
  ]
  const attachTypes = [
    'TRACE_FENTRY',
    'TRACE_FEXIT',
    'TRACE_RAW_TP',
    'TRACE_ITER',
    'LSM_MAC',
    'MODIFY_RETURN',
  ]
  const addNames = (name: string, prefix: string, names: readonly string[]): void => {
    const enumerators = names.map((each, index) => ({ name: `${prefix}${each}`, value: BigInt(index) }))
    builder.addEnum(name, { size: 4, signed: false, enumerators })
  }
  addNames('bpf_prog_type', 'BPF_PROG_TYPE_', [...programTypes, 'XDP', 'CGROUP_SOCK_ADDR'])
  addNames('bpf_attach_type', 'BPF_', [...attachTypes, 'TRACE_KPROBE_MULTI', 'CGROUP_INET4_CONNECT'])
}

export const smallKernel: Btf = built(addKernel).btf

/** A module with a function and a tracepoint. */
export function moduleOf(base: Btf): ModuleBtf {
  const builder = new BtfBuilder({ base })
  const int = base.idsNamed('int')[0] ?? (0 as TypeId)
  const proto = builder.addFuncProto(int, [{ name: 'skb', type: int }])
  builder.addFunc('nft_do_chain', proto, 'static')
  builder.addTypedef('btf_trace_nft_rule', builder.addPtr(proto))
  return {
    name: 'nf_tables',
    btf: Btf.parse(builder.finish({ endianness: 'little' }), { name: 'nf_tables', base }),
  }
}

const SCHED_WAKE_FORMAT = `name: sched_wake
ID: 372
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;
\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;

print fmt: "comm=%s pid=%d", REC->comm, REC->pid
`

/** What a kernel with all of it answers. */
export function factsOf(change: Partial<ProbeFacts> = {}): ProbeFacts {
  return {
    types: () => ({ vmlinux: smallKernel, modules: [moduleOf(smallKernel)] }),
    tracepoints: () => ['sched:sched_wake', 'syscalls:sys_enter_openat'],
    tracepointFormat: () => SCHED_WAKE_FORMAT,
    traceable: () =>
      new Set([
        'do_unlinkat',
        'for_each',
        '_printk',
        'takes_large',
        'takes_small',
        'returns_small',
        'takes_thirteen',
        'security_file_open',
        '__x64_sys_openat',
        'foo.isra.0',
        'nf_tables:nft_do_chain',
      ]),
    requireKprobes: () => undefined,
    functions: () => ['do_unlinkat', '__pfx_do_unlinkat', 'untraced', 'bad$name', 'xt:xt_run', 'untraced'],
    perfEvents: () => ['software/cpu_clock'],
    ...change,
  }
}

export const refuse = (): never => {
  throw new KernelError('NO_TRACEFS', 'there is no tracefs')
}

export interface Listed {
  readonly probes: readonly Probe[]
  readonly sections: readonly string[]
  readonly problems: readonly ProbeProblem[]
}

export function listed(pattern: string, facts: ProbeFacts = factsOf()): Listed {
  const problems: ProbeProblem[] = []
  const found = [...listKernelProbes(new ProbePattern(pattern), facts, (problem) => problems.push(problem))]
  const probes = found.flat()
  return { probes, sections: probes.map(({ section }) => section), problems }
}
