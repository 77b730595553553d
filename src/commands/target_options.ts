import type { Command } from 'commander'

/** What the options say. */
export interface TargetFlags {
  readonly btf?: string
  readonly kconfig?: string
  readonly program?: string
}

/** Adds the options that say for which kernel an object is relocated, and which of its programs. */
export function addTargetOptions(command: Command): Command {
  return command
    .option(
      '--btf <file>',
      "another kernel's types: raw BTF, or an ELF file with a .BTF section (default: the running kernel's)",
    )
    .option(
      '--kconfig <file>',
      "a kernel configuration for __kconfig variables, as text or compressed by gzip (default: the running kernel's)",
    )
    .option('--program <name>', 'only this program, also if it is not loaded by default')
}
