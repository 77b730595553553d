import { release } from 'node:os'
import { gunzipSync } from 'node:zlib'
import type { Kernel } from './kernel.ts'
import { KernelError } from './kernel_error.ts'
import { SyscallError } from './syscall_error.ts'
import { readWholeFile } from './whole_file.ts'

/** Where the kernel offers its configuration, if it was built with CONFIG_IKCONFIG_PROC. */
export const PROC_CONFIG_PATH = '/proc/config.gz'

/** Bytes; the configuration of a distribution's kernel has 300,000. */
const MAX_SIZE = 16 * 1024 * 1024

/** The configuration of a kernel, and where it was read. */
export interface KernelConfig {
  /** The file's path. */
  readonly name: string
  readonly text: string
}

/** Where the running kernel's configuration is looked for, first things first, as in libbpf: distributions install the first. */
export function kernelConfigPaths(): readonly string[] {
  return [`/boot/config-${release()}`, PROC_CONFIG_PATH]
}

/**
 * The configuration of the running kernel.
 *
 * @throws KernelError 'NO_KERNEL_CONFIG', 'UNEXPECTED_CONTENT'
 */
export function readKernelConfig(
  kernel: Kernel,
  paths: readonly string[] = kernelConfigPaths(),
): KernelConfig {
  const refusals: string[] = []
  for (const path of paths) {
    try {
      return { name: path, text: decodeKernelConfig(readWholeFile(kernel, path, MAX_SIZE), path) }
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error
      refusals.push(`${path} (${error.errnoName})`)
    }
  }
  throw new KernelError(
    'NO_KERNEL_CONFIG',
    `the running kernel's configuration was looked for in ${refusals.join(' and ')}: the first is installed with most ` +
      `kernels, the second there where the kernel was built with CONFIG_IKCONFIG_PROC=y`,
  )
}

/**
 * The text of a configuration, compressed by gzip or not.
 *
 * @param name How errors call it.
 * @throws KernelError 'UNEXPECTED_CONTENT'
 */
export function decodeKernelConfig(bytes: Uint8Array, name: string): string {
  const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b
  return new TextDecoder().decode(isCompressed ? decompress(bytes, name) : bytes)
}

function decompress(bytes: Uint8Array, name: string): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_SIZE })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new KernelError('UNEXPECTED_CONTENT', `${name} cannot be decompressed: ${why}`, { cause })
  }
}
