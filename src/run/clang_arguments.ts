/** What makes BPF objects of C: code, and types for CO-RE. */
export const bpfTarget: readonly string[] = [
  '-O2',
  // clang makes BTF from the debugging information.
  '-g',
  '-target',
  'bpf',
  // 32-bit registers and jumps: Linux 5.1.
  '-mcpu=v3',
]

interface Architecture {
  /** Debian keeps asm/types.h, which linux/bpf.h includes, in a folder per architecture; for BPF it is the same in all. */
  readonly triplet: string
  /** By which bpf_tracing.h of libbpf knows the registers of a probed function. */
  readonly macro: string
}

/** By the names of `process.arch`. */
const architectures: Readonly<Record<string, Architecture>> = {
  x64: { triplet: 'x86_64-linux-gnu', macro: '__TARGET_ARCH_x86' },
  arm64: { triplet: 'aarch64-linux-gnu', macro: '__TARGET_ARCH_arm64' },
}

/** Where clang finds the headers of the system that it does not look for by itself when it compiles for BPF. */
export function systemHeaders(arch: string): readonly string[] {
  const triplet = architectures[arch]?.triplet
  return triplet === undefined ? [] : ['-idirafter', `/usr/include/${triplet}`]
}

/** What is compiled, and where everything is. */
export interface Compilation {
  readonly source: string
  readonly output: string
  /** As `process.arch` calls it. */
  readonly arch: string
  /** Folders of headers besides the source's own. */
  readonly includes: readonly string[]
}

/** clang's arguments for a source that this machine is to run. */
export function clangArguments({ source, output, arch, includes }: Compilation): readonly string[] {
  const macro = architectures[arch]?.macro
  return [
    ...bpfTarget,
    ...(macro === undefined ? [] : [`-D${macro}`]),
    ...includes.flatMap((folder) => ['-I', folder]),
    ...systemHeaders(arch),
    '-c',
    source,
    '-o',
    output,
  ]
}
