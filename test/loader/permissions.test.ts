import { execFileSync } from 'node:child_process'
import { describe, expect } from 'vitest'
import { bpf_prog_type } from '../../src/abi/generated/bpf.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { readPermissionFacts } from '../../src/kernel/permission_facts.ts'
import type { BtfType } from '../../src/btf/types.ts'
import { runningKernelBtf } from '../../src/loader/target_btf.ts'
import { capabilitiesFor } from '../../src/loader/required_capabilities.ts'
import type { ProgramTypeName } from '../../src/object/section_definitions.ts'
import { chargesMemlock, underNoMemlock } from '../kernel/features.ts'
import { kernelTest } from '../kernel/require.ts'

/** The right to read files goes along: the checkout may be in a directory that is closed to others. */
const READ = 'dac_read_search'
const SLOW = 30_000

function run(action: string, ...command: readonly string[]): string {
  const [file = '', ...args]: readonly string[] = [
    ...command,
    process.execPath,
    '--import',
    'tsx',
    'test/loader/permission_child.ts',
    action,
  ]
  // tsx would keep its cache in a directory of that user, and leave it there.
  return execFileSync(file, args, { env: { ...process.env, TSX_DISABLE_CACHE: '1' } })
    .toString()
    .trim()
}

/** As nobody, with these capabilities and no others. */
function runWith(capabilities: readonly string[], action: string): string {
  const set = ['-all', ...[READ, ...capabilities].map((name) => `+${name}`)].join(',')
  const identity = ['--reuid=65534', '--regid=65534', '--clear-groups']
  return run(action, ...underNoMemlock, 'setpriv', ...identity, `--inh-caps=${set}`, `--ambient-caps=${set}`)
}

const rootTest = kernelTest('root, setpriv and unprivileged BPF disabled', () => {
  execFileSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', 'true'], { stdio: 'pipe' })
  return readPermissionFacts().unprivilegedBpfDisabled === 0
    ? 'kernel.unprivileged_bpf_disabled is 0'
    : undefined
})

describe('a load that is not permitted says what is missing and what to do', () => {
  rootTest(
    'without any capability',
    () => {
      expect(runWith([], 'tracepoint')).toMatch(
        /^NOT_PERMITTED cannot create map counts: BPF_MAP_CREATE is not permitted \(EPERM\): this process lacks CAP_BPF and CAP_PERFMON, kernel.unprivileged_bpf_disabled is \d.*; run it as root, or give it CAP_BPF and CAP_PERFMON$/,
      )
    },
    SLOW,
  )

  rootTest(
    'with CAP_BPF alone, for a tracepoint and for XDP',
    () => {
      expect(runWith(['bpf'], 'tracepoint')).toMatch(
        /^NOT_PERMITTED cannot load program on_exec: .*lacks CAP_PERFMON.*give it CAP_PERFMON$/,
      )
      expect(runWith(['bpf', 'perfmon'], 'xdp')).toMatch(
        /^NOT_PERMITTED cannot load program main: .*lacks CAP_NET_ADMIN.*give it CAP_NET_ADMIN$/,
      )
    },
    SLOW,
  )

  rootTest(
    'and is permitted with just that',
    () => {
      expect(runWith(['bpf', 'perfmon'], 'tracepoint')).toBe('loaded')
      expect(runWith(['bpf', 'net_admin'], 'xdp')).toBe('loaded')
    },
    SLOW,
  )

  if (chargesMemlock) {
    rootTest('with the limit of locked memory in the way', () => {
      const identity = [
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        '--inh-caps=-all,+bpf,+dac_read_search',
      ]
      const limited = ['prlimit', '--memlock=65536:65536', 'setpriv', ...identity]
      expect(run('tracepoint', ...limited, '--ambient-caps=-all,+bpf,+dac_read_search')).toMatch(
        /^NOT_PERMITTED cannot create map rb: .*RLIMIT_MEMLOCK, which is 64 KiB here.*ulimit -l unlimited/,
      )
    })
  }

  rootTest(
    'in a user namespace of its own',
    () => {
      expect(run('tracepoint', 'unshare', '--user', '--map-root-user')).toMatch(
        /^NOT_PERMITTED .*it runs in a user namespace of its own \(a container\), where only what a BPF token delegates is permitted; .*bpffsTokenPath$/,
      )
    },
    SLOW,
  )

  rootTest(
    'under a seccomp filter',
    () => {
      expect(run('seccomp', 'env')).toMatch(
        /^NOT_PERMITTED .*a seccomp filter, such as container runtimes set up, may forbid it.*; allow bpf\(2\) in its profile/,
      )
    },
    SLOW,
  )
})

function typeNames(type: BtfType | undefined): readonly string[] {
  return type?.kind === 'enum' ? type.enumerators.map(({ name }) => name) : []
}

describe('the capabilities of program types', () => {
  const refusedWith = (...capabilities: readonly string[]): ReadonlySet<string> =>
    new Set(runWith(capabilities, 'types').split(','))

  rootTest(
    'are those that the kernel asks for',
    () => {
      // What is refused to whoever has all of them is refused for another reason.
      const always = refusedWith('bpf', 'perfmon', 'net_admin')
      const sets = {
        CAP_PERFMON: refusedWith('bpf', 'net_admin'),
        CAP_NET_ADMIN: refusedWith('bpf', 'perfmon'),
      } as const
      const known = new Set(
        typeNames(runningKernelBtf(openKernel(), undefined).find('bpf_prog_type', 'enum')),
      )
      // Newer kernels look first whether they were built with the type, and say EINVAL where they were not.
      const isBuilt = (type: string): boolean => !type.includes('LIRC') || sets.CAP_NET_ADMIN.has(type)
      const types = (Object.keys(bpf_prog_type) as ProgramTypeName[]).filter(
        (type) => known.has(type) && isBuilt(type) && !always.has(type),
      )
      expect(types.length).toBeGreaterThan(20)
      for (const [capability, refused] of Object.entries(sets)) {
        const needing = types.filter((type) => capabilitiesFor(type).some((name) => name === capability))
        expect(needing).toEqual(types.filter((type) => refused.has(type)))
      }
    },
    SLOW,
  )
})
