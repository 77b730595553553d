import type { Btf } from '../btf/btf.ts'
import { STT_OBJECT } from '../elf/constants.ts'
import type { ElfFile } from '../elf/elf_file.ts'
import { isHidden } from '../elf/lookup.ts'

/** Bytes from a `var`'s start to its linkage: name_off, info and type come before it. */
const LINKAGE_OFFSET = 12
const BTF_VAR_STATIC = 0

/**
 * Makes hidden variables static in the BTF that is loaded. `__hidden` lets several source files of an object share a
 * variable and keeps it from everybody else, so it is no part of what the object offers, as a static one is not. libbpf does
 * the same (btf_fixup_datasec in src/libbpf.c, 1.6).
 *
 * @param bytes A copy of the BTF's bytes, which is changed.
 */
export function markHiddenVariables(btf: Btf, bytes: Uint8Array, elf: ElfFile): void {
  const hidden = elf.symbols.filter((symbol) => symbol.type === STT_OBJECT && isHidden(symbol))
  if (hidden.length === 0) return
  const names = new Set(hidden.map(({ name }) => name))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const id of btf.idsOfKind('var')) {
    const type = btf.type(id)
    if (type.kind !== 'var' || type.linkage !== 'global' || !names.has(type.name)) continue
    view.setUint32(btf.offsetOf(id) + LINKAGE_OFFSET, BTF_VAR_STATIC, btf.endianness === 'little')
  }
}
