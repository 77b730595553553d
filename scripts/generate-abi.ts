/**
 * Generates src/abi/generated/: the numbers of the kernel's enums from the BTF of Debian's newest kernel, read by the
 * project's own BTF parser, the errno names from the kernel's headers, and the names of system calls from the headers of that
 * kernel.
 *
 *     npm run generate:abi              downloads that kernel and writes the files
 *     npm run generate:abi -- --check   fails where the committed files are not what the running kernel says
 *
 * The committed header names the kernel that the enums came from. On another kernel the check is weaker: kernels add
 * enumerators and never change one, so the older set has to be a part of the newer with equal values.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { syscallNames } from '../src/abi/generated/syscall_names.ts'
import { typeId } from '../src/base/units.ts'
import { Btf } from '../src/btf/btf.ts'
import type { BtfEnum } from '../src/btf/types.ts'
import { otherKernel, typesOfModule } from './debian-kernel.ts'
import { unpackSuite } from './debian-suite.ts'
import { ownSyscallHeader, parseSyscallHeader, printSyscallNames } from './syscall-headers.ts'

const VMLINUX = '/sys/kernel/btf/vmlinux'
/** The suite that has the newest kernel: what it cannot name, no released kernel can. */
const NEWEST_SUITE = 'sid'
/** What has enums and is a module there. */
const MODULES = ['cls_bpf']
const ENUMS_FILE = new URL('../src/abi/generated/bpf.ts', import.meta.url)
const ERRNO_FILE = new URL('../src/abi/generated/errno.ts', import.meta.url)
const SYSCALLS_FILE = new URL('../src/abi/generated/syscall_names.ts', import.meta.url)
const ERRNO_HEADERS = ['/usr/include/asm-generic/errno-base.h', '/usr/include/asm-generic/errno.h']

/** Which enums, and for those without a name in the kernel one of their enumerators to find them by. */
const ENUMS: readonly { readonly name: string; readonly enumerator?: string }[] = [
  { name: 'bpf_cmd' },
  { name: 'bpf_map_type' },
  { name: 'bpf_prog_type' },
  { name: 'bpf_attach_type' },
  { name: 'bpf_link_type' },
  { name: 'bpf_func_id' },
  { name: 'bpf_core_relo_kind' },
  { name: 'bpf_perf_event_type' },
  { name: 'bpf_map_create_flags', enumerator: 'BPF_F_NO_PREALLOC' },
  { name: 'bpf_map_update_flags', enumerator: 'BPF_NOEXIST' },
  { name: 'bpf_uprobe_multi_flags', enumerator: 'BPF_F_UPROBE_MULTI_RETURN' },
  { name: 'bpf_ringbuf_flags', enumerator: 'BPF_RB_NO_WAKEUP' },
  { name: 'bpf_ringbuf_consts', enumerator: 'BPF_RINGBUF_BUSY_BIT' },
  { name: 'perf_type_id' },
  { name: 'perf_hw_id' },
  { name: 'perf_sw_ids' },
  { name: 'bpf_cgroup_iter_order' },
  { name: 'fsconfig_command' },
  { name: 'rtnetlink_message', enumerator: 'RTM_NEWLINK' },
  { name: 'link_attribute', enumerator: 'IFLA_IFNAME' },
  { name: 'xdp_attribute', enumerator: 'IFLA_XDP_FD' },
  { name: 'traffic_control_attribute', enumerator: 'TCA_KIND' },
  { name: 'cls_bpf_attribute', enumerator: 'TCA_BPF_FD' },
  { name: 'nlmsgerr_attrs' },
  { name: 'nf_inet_hooks' },
]

type Enumerators = ReadonlyMap<string, bigint>

/** Enumerators that only count the others differ from kernel to kernel, and nobody needs them. */
const COUNTS_THE_OTHERS = /^__|^MAX_|_MAX$/

function main(): void {
  const check = process.argv.includes('--check')
  if (!check) {
    writeEnums()
    writeSyscalls()
  }
  const answers = [checkOrWriteErrno(check), ...(check ? [checkEnums(), checkSyscalls()] : [])]
  const failures = answers.filter((line) => line !== undefined)
  for (const line of failures) console.error(line)
  process.exitCode = failures.length === 0 ? 0 : 1
}

function writeEnums(): void {
  const { release, vmlinux } = otherKernel(NEWEST_SUITE)
  const base = readBtf(vmlinux)
  const modules = MODULES.map((name) => Btf.parse(typesOfModule(NEWEST_SUITE, name), { name, base }))
  writeFileSync(ENUMS_FILE, printEnums(findEnums([base, ...modules]), versionIn(release)))
}

/** Returns what is wrong, if anything. */
function checkEnums(): string | undefined {
  if (!existsSync(VMLINUX)) {
    console.log(`enums: not checked, because ${VMLINUX} does not exist`)
    return undefined
  }
  const found = findEnums([readBtf(VMLINUX)])
  const committed = readFileSync(ENUMS_FILE, 'utf8')
  const generatedFrom = /^ \* Generated .* of Linux (\S+)\. /m.exec(committed)?.[1]
  const running = versionIn(release())
  if (generatedFrom === running) {
    return committed === printEnums(found, running)
      ? undefined
      : `${ENUMS_FILE.pathname} is not what this kernel says`
  }
  console.log(`enums: from Linux ${generatedFrom ?? '?'}, this is ${running}: compared what both have`)
  return compareEnums(parseEnums(committed), found)
}

function readBtf(path: string): Btf {
  return Btf.parse(new Uint8Array(readFileSync(path)), { name: 'vmlinux' })
}

/** An error unless, enum by enum, what one side lacks is only at the end of the other, and common names have one value. */
function compareEnums(
  committed: ReadonlyMap<string, Enumerators>,
  found: ReadonlyMap<string, Enumerators>,
): string | undefined {
  for (const [name, ours] of committed) {
    const theirs = found.get(name)
    if (theirs === undefined) continue
    for (const [enumerator, value] of ours) {
      const other = theirs.get(enumerator)
      if (other !== undefined && other !== value) {
        return `${name}.${enumerator} is ${value} in the committed file and ${other} in this kernel`
      }
    }
    const lacking = [...ours.keys()].filter((enumerator) => !theirs.has(enumerator))
    const added = [...theirs.keys()].filter((enumerator) => !ours.has(enumerator))
    if (lacking.length > 0 && added.length > 0) {
      return `${name}: this kernel lacks ${lacking.join(', ')} and has ${added.join(', ')} instead`
    }
  }
  return undefined
}

function findEnums(kernel: readonly Btf[]): ReadonlyMap<string, Enumerators> {
  const anonymous = kernel.flatMap(anonymousEnums)
  const result = new Map<string, Enumerators>()
  for (const { name, enumerator } of ENUMS) {
    const type =
      enumerator === undefined
        ? kernel
            .map((btf) => btf.find(name, 'enum') ?? btf.find(name, 'enum64'))
            .find((each) => each !== undefined)
        : anonymous.find((candidate) => candidate.enumerators.some((one) => one.name === enumerator))
    if (type === undefined) {
      console.log(`enum ${name} is not in this kernel's BTF`)
      continue
    }
    const kept = type.enumerators.filter((one) => !COUNTS_THE_OTHERS.test(one.name))
    // Flags such as 1U << 31 come out negative where BTF calls the enum signed.
    const positive = (value: bigint): bigint => (type.size === 4 ? BigInt.asUintN(32, value) : value)
    result.set(name, new Map(kept.map((one) => [one.name, positive(one.value)])))
  }
  return result
}

function anonymousEnums(btf: Btf): readonly BtfEnum[] {
  const result: BtfEnum[] = []
  for (let id = Number(btf.firstId); id < btf.firstId + btf.typeCount; id++) {
    const kind = btf.kind(typeId(id))
    if ((kind !== 'enum' && kind !== 'enum64') || btf.nameOf(typeId(id)) !== '') continue
    const type = btf.type(typeId(id))
    if (type.kind === 'enum' || type.kind === 'enum64') result.push(type)
  }
  return result
}

function printEnums(enums: ReadonlyMap<string, Enumerators>, version: string): string {
  const blocks = [...enums].map(([name, enumerators]) => {
    const anonymous = ENUMS.find((one) => one.name === name)?.enumerator !== undefined
    const title = anonymous ? 'An enum that has no name in the kernel' : `enum ${name}`
    const lines = [...enumerators].map(([enumerator, value]) => `  ${enumerator}: ${value},`)
    return `/** ${title}. */\nexport const ${name} = {\n${lines.join('\n')}\n} as const\n`
  })
  return [
    '/**',
    ` * Generated by scripts/generate-abi.ts from the BTF of Linux ${version}. Do not edit.`,
    ' */',
    '',
    blocks.join('\n'),
  ].join('\n')
}

/** Reads back what `printEnums` wrote. */
function parseEnums(text: string): ReadonlyMap<string, Enumerators> {
  const result = new Map<string, Enumerators>()
  for (const [, name = '', body = ''] of text.matchAll(/^export const (\w+) = \{\n([^}]*)\}/gm)) {
    const enumerators = [...body.matchAll(/^ {2}(\w+): (\d+),$/gm)]
    result.set(
      name,
      new Map(enumerators.map(([, enumerator = '', value = '0']) => [enumerator, BigInt(value)])),
    )
  }
  return result
}

/** `6.18.44` of `6.18.44-vendor`. */
function versionIn(release: string): string {
  return /^\d+\.\d+(\.\d+)?/.exec(release)?.[0] ?? release
}

function checkOrWriteErrno(check: boolean): string | undefined {
  if (!ERRNO_HEADERS.every((path) => existsSync(path))) {
    if (!check)
      return `${ERRNO_HEADERS.join(' and ')} do not exist: install the kernel's headers for user space`
    console.log(`errno: not checked, because ${ERRNO_HEADERS.join(' and ')} do not exist`)
    return undefined
  }
  const text = printErrno(ERRNO_HEADERS.map((path) => readFileSync(path, 'utf8')).join('\n'))
  if (!check) {
    writeFileSync(ERRNO_FILE, text)
    return undefined
  }
  return readFileSync(ERRNO_FILE, 'utf8') === text
    ? undefined
    : `${ERRNO_FILE.pathname} is not what the headers say`
}

function printErrno(headers: string): string {
  const lines = [...headers.matchAll(/^#define\s+(E\w+)\s+(\d+)/gm)].map(
    ([, name, value]) => `  ${value}: '${name}',`,
  )
  return [
    '/**',
    ' * Generated by scripts/generate-abi.ts from asm-generic/errno-base.h and asm-generic/errno.h, which x86-64 and arm64',
    ' * share. Do not edit.',
    ' */',
    '',
    'export const errnoNames: Readonly<Record<number, string>> = {',
    ...lines,
    '}',
    '',
  ].join('\n')
}

function writeSyscalls(): void {
  const { root } = unpackSuite(NEWEST_SUITE, ['linux-libc-dev'])
  writeFileSync(SYSCALLS_FILE, printSyscallNames(root))
}

/** Compares what both have: this machine's headers are of another release, and no number ever changes its name. */
function checkSyscalls(): string | undefined {
  const header = ownSyscallHeader()
  if (header === undefined) {
    console.log("system calls: not checked, because this machine has not the kernel's headers for user space")
    return undefined
  }
  const committed = process.arch === 'arm64' ? syscallNames.arm64 : syscallNames.x64
  const other = [...parseSyscallHeader(header)].find(([number, name]) => committed[number] !== name)
  if (other === undefined) return undefined
  const [number, name] = other
  return `system call ${number} is ${committed[number]} in the committed file and ${name} in the headers`
}

main()
