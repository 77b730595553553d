import type { Btf } from '../btf/btf.ts'
import { parseBtfFile } from '../object/btf_file.ts'
import { readFileFor } from './read_file.ts'

/**
 * Reads a kernel's or a module's types from a file, for `LoadOptions.targetBtf` and `RelocateOptions.targetBtf`: raw BTF,
 * or an ELF file with a section `.BTF`. Needs no privilege.
 *
 *     const btf = await readBtfFile('/usr/lib/debug/boot/vmlinux-6.1.0')
 *
 * @param options.base What a module's types go on from, the types of its kernel.
 * @throws BpfError 'FILE_UNREADABLE'; BtfError, ElfError as parseBtfFile does.
 */
export async function readBtfFile(path: string, options: { readonly base?: Btf } = {}): Promise<Btf> {
  return parseBtfFile(await readFileFor(path, `read types from ${path}`), { name: path, base: options.base })
}
