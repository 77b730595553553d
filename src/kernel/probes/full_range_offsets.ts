import { bpf_map_create_flags, bpf_map_type, bpf_prog_type } from '../../abi/generated/bpf.ts'
import { assemble, exit, loadMapValue, movImm } from '../../insn/assemble.ts'
import { createMap } from '../bpf_calls.ts'
import type { Kernel } from '../kernel.ts'
import { probe, THERE, type ProbeOutcome } from './probe.ts'
import { loadTrivialProgram } from './trivial_program.ts'

/** Half a gigabyte: from here on verifiers refused an address within a map's value (BPF_MAX_VAR_OFF). */
const LIMIT = 1 << 29

/** Somewhere in user space; nothing is mapped there. */
const ADDRESS = 1n << 40n

/**
 * Whether an `ldimm64` may load an address from 512 MiB on in an arena: not up to Linux 6.18. Asked with an arena that is large
 * enough, of which no page is ever allocated.
 */
export const hasFullRangeOffsets = probe(['EINVAL', 'E2BIG', 'EACCES'], ask)

function ask(kernel: Kernel): ProbeOutcome {
  using arena = createMap(kernel, {
    map_type: bpf_map_type.BPF_MAP_TYPE_ARENA,
    max_entries: LIMIT / kernel.pageSize + 1,
    map_flags: bpf_map_create_flags.BPF_F_MMAPABLE,
    map_extra: ADDRESS,
  })
  const insns = assemble([loadMapValue(1, arena.fd, LIMIT), movImm(0, 0), exit()])
  loadTrivialProgram(kernel, bpf_prog_type.BPF_PROG_TYPE_SYSCALL, insns).close()
  return THERE
}
