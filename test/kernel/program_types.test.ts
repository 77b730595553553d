import { describe, expect } from 'vitest'
import { exit, movImm } from '../../src/insn/assemble.ts'
import { BPF_PROG_INFO } from '../../src/abi/bpf_info.ts'
import { bpf_prog_type } from '../../src/abi/generated/bpf.ts'
import { BpfError } from '../../src/base/errors.ts'
import { infoByFd } from '../../src/kernel/bpf_calls.ts'
import type { KernelVersion } from '../../src/kernel/kernel_version.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { type SectionDefinition, sectionDefinitions } from '../../src/object/section_definitions.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeObject } from '../object/object_writer.ts'
import { bpfTest, featureTest } from './require.ts'

/** Something to attach to, where the program is verified against it. */
const places: Readonly<Record<string, string>> = {
  BPF_TRACE_RAW_TP: '/sched_switch',
  BPF_LSM_MAC: '/file_open',
  BPF_LSM_CGROUP: '/socket_bind',
  BPF_TRACE_ITER: '/bpf_map',
  BPF_TRACE_FENTRY: '/do_exit',
  BPF_TRACE_FEXIT: '/do_exit',
  BPF_MODIFY_RETURN: '/security_file_open',
  BPF_TRACE_FSESSION: '/security_file_open',
}

/** What depends on how the kernel was built, or is not supported: refused with an error of its own, or loaded. */
const mayBeRefused =
  /^(k.*probe|u.*probe|usdt|ksyscall|kretsyscall|fentry|fexit|fsession|fmod_ret|lsm|lirc_mode2|freplace|struct_ops|netkit|netfilter|(tp|tracepoint|raw_tp|raw_tracepoint|tp_btf)\.s)/

/** The releases that brought what is newer than Linux 5.8, by the start of the section's name; the first that fits counts. */
const since: readonly (readonly [start: string, KernelVersion])[] = [
  ['sk_reuseport/migrate', [5, 14]],
  ['syscall', [5, 14]],
  ['iter.s', [5, 18]],
  ['xdp.frags', [5, 18]],
  ['xdp/cpumap', [5, 9]],
  ['sk_lookup', [5, 9]],
  ['cgroup/sock_release', [5, 9]],
  ['cgroup/connect_unix', [6, 7]],
  ['cgroup/sendmsg_unix', [6, 7]],
  ['cgroup/recvmsg_unix', [6, 7]],
  ['cgroup/getpeername_unix', [6, 7]],
  ['cgroup/getsockname_unix', [6, 7]],
]

const refusals = [
  'NOT_PERMITTED',
  'LOAD_PROGRAM_REFUSED',
  'VERIFIER_REJECTED',
  // Of freplace and struct_ops, which need more than a section's name.
  'LOAD_ATTACH_TARGET_NOT_FOUND',
  'LOAD_PROGRAM_UNUSED',
]

function sectionOf({ prefix, attachType }: SectionDefinition): string {
  return `${prefix}${places[attachType ?? ''] ?? ''}`
}

/** The kernel's number of the type that a program of this section is loaded as. */
function typeOfLoaded(section: string, returned: number): number {
  const programs = [{ section, insns: [movImm(0, returned), exit()] }]
  using object = loadObject(parseObject(writeObject({ programs }), 'types.bpf.o'))
  return infoByFd(openKernel(), object.programs.get('program')!.fd, BPF_PROG_INFO).type
}

describe('a minimal program', () => {
  for (const definition of sectionDefinitions) {
    const section = sectionOf(definition)
    const returned = /^cgroup\/(recvmsg|getpeername|getsockname)/.test(section) ? 1 : 0
    const newer = since.find(([start]) => section.startsWith(start))
    const whyNot = (): undefined => {
      typeOfLoaded(section, returned)
    }
    const name = `programs of section ${definition.prefix}`
    const loadTest = newer === undefined ? bpfTest : featureTest({ name, since: newer[1], whyNot })
    loadTest(`of section ${section} is loaded as ${definition.programType}`, () => {
      try {
        expect(typeOfLoaded(section, returned)).toBe(bpf_prog_type[definition.programType])
      } catch (error) {
        if (!(error instanceof BpfError) || !mayBeRefused.test(section)) throw error
        expect(refusals).toContain(error.code)
        expect(error.message).toContain('program program')
      }
    })
  }

  bpfTest('for a function that this kernel does not have is refused before it is loaded', () => {
    const error = bpfErrorOf('LOAD_ATTACH_TARGET_NOT_FOUND', () =>
      typeOfLoaded('fentry/no_kernel_has_this', 0),
    )
    expect(error.message).toContain("the kernel's BTF has no func no_kernel_has_this")
  })

  bpfTest('that does not say well where to is loaded, and says so when it is attached', () => {
    const programs = [{ section: 'tp/sched_switch' }]
    using object = loadObject(parseObject(writeObject({ programs }), 'types.bpf.o'))
    const error = bpfErrorOf('ATTACH_NO_TARGET', () => object.attach())
    expect(error.message).toContain("its section 'tp/sched_switch' names no target: it has not the form")
  })
})
