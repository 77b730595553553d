import type { BpfError } from '../base/errors.ts'
import type { ChapterName } from './explanation.ts'

/** By what an error's code starts with, the first that fits, the step of a load that ends with such errors. */
const chapterByCode: readonly (readonly [string, ChapterName])[] = [
  ['ELF_', 'file'],
  ['FILE_', 'file'],
  ['OBJECT_NOT_BPF', 'file'],
  ['OBJECT_BAD_MAP', 'maps'],
  ['OBJECT_', 'programs'],
  ['BTF_', 'maps'],
  ['RELOCATION_CORE_', 'core'],
  ['RELOCATION_UNKNOWN_PROGRAM_TYPE', 'programs'],
  ['RELOCATION_BAD_FUNCTION', 'programs'],
  ['RELOCATION_', 'relocations'],
  ['CORE_', 'core'],
  ['NO_KERNEL_BTF', 'core'],
  ['VERIFIER_', 'verifier'],
  ['ATTACH_', 'attach'],
]

/** The chapter in which a load went wrong; what no other explains is the kernel's answer to a system call. */
export function chapterOfFailure({ code }: BpfError): ChapterName {
  return chapterByCode.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'syscalls'
}
