/**
 * Cuts docs/tour/kernels out of the types of Debian's kernels, so that the tour shows the same on every machine: the structs that
 * bootstrap.bpf.o asks for as they really are, and what `rawbpf check` asks of a kernel. Downloads the packages; the files are in
 * the repository. For x86-64 only.
 *
 *     npx tsx scripts/build-tour-kernels.ts
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TypeId } from '../src/base/units.ts'
import { Btf } from '../src/btf/btf.ts'
import type { BtfKind } from '../src/btf/types.ts'
import { cutBtf } from './cut-btf.ts'
import { otherKernel } from './debian-kernel.ts'

const folder = join(import.meta.dirname, '..', 'docs', 'tour', 'kernels')

/** One before and one after Linux 6.16, which gave the tracepoint sched_process_exit a struct of its own. */
const suites = ['bookworm', 'sid']

/** What is taken where a kernel has it. */
const wanted: readonly (readonly [BtfKind, string])[] = [
  ['struct', 'task_struct'],
  ['struct', 'signal_struct'],
  ['struct', 'trace_event_raw_sched_process_template'],
  ['struct', 'trace_event_raw_sched_process_exec'],
  ['struct', 'trace_event_raw_sched_process_exit'],
  ['typedef', 'btf_trace_sched_process_exec'],
  ['typedef', 'btf_trace_sched_process_exit'],
  ['typedef', 'btf_trace_sched_switch'],
  ['enum', 'bpf_func_id'],
  ['enum', 'bpf_map_type'],
  ['enum', 'bpf_prog_type'],
  ['enum', 'bpf_attach_type'],
]

/** One of the enum without a name that has the flags of maps. */
const MAP_FLAG = 'BPF_F_NO_PREALLOC'

mkdirSync(folder, { recursive: true })
for (const suite of suites) {
  const { release, vmlinux } = otherKernel(suite)
  const btf = Btf.parse(new Uint8Array(readFileSync(vmlinux)), { name: release })
  const cut = cutBtf(btf, rootsIn(btf))
  const name = `debian-${/^\d+\.\d+/.exec(release)?.[0] ?? release}.btf`
  writeFileSync(join(folder, name), cut)
  console.log(`${name}: ${cut.length} bytes, from ${release} of ${suite}`)
}

function rootsIn(btf: Btf): readonly TypeId[] {
  const named = wanted.flatMap(([kind, name]) => btf.find(name, kind)?.id ?? [])
  const flags = btf.idsOfKind('enum').filter((id) => {
    const type = btf.type(id)
    return type.kind === 'enum' && type.enumerators.some(({ name }) => name === MAP_FLAG)
  })
  return [...named, ...flags]
}
