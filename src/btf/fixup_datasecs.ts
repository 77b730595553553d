import type { TypeId } from '../base/units.ts'
import type { Btf } from './btf.ts'
import { TYPE_WORDS } from './format.ts'
import type { BtfDatasec } from './types.ts'

/** What ELF knows about a section that BTF describes with a DATASEC. */
export interface DatasecLayout {
  /** Bytes of the ELF section. */
  readonly size: number
  /** Bytes from the start of the section to the variable; undefined where ELF has no symbol of that name in it. */
  offsetOf(variable: string): number | undefined
}

/**
 * Clang writes DATASECs of size 0, with all variables at offset 0, because the section's layout is not final before
 * linking. The kernel wants it filled in, variables in the order of their offsets. This does what `btf_fixup_datasec` of
 * tools/lib/bpf/libbpf.c does (Linux 6.18), except that it leaves linkage alone: a size of 0 becomes the ELF section's,
 * each variable's offset becomes its symbol's. Offsets are left as they are where the size is known already, where there
 * is no symbol, and for static variables: clang writes theirs, and their symbols may have other names.
 *
 * @param layout gives each DATASEC's ELF section; undefined leaves the DATASEC as it is (`.kconfig` and `.ksyms`, which
 *   no ELF section holds)
 * @returns a copy of `btf.bytes`; ids and everything else are unchanged
 * @throws BtfError what `btf.type` throws for a DATASEC and its variables
 */
export function fixupDatasecs(btf: Btf, layout: (section: string) => DatasecLayout | undefined): Uint8Array {
  const bytes = new Uint8Array(btf.bytes)
  const view = new DataView(bytes.buffer)
  for (const id of btf.idsOfKind('datasec')) {
    const type = btf.type(id)
    if (type.kind !== 'datasec') continue
    const section = layout(type.name)
    if (section !== undefined) write(btf, type, section, view)
  }
  return bytes
}

function write(btf: Btf, type: BtfDatasec, section: DatasecLayout, view: DataView): void {
  const littleEndian = btf.endianness === 'little'
  const start = btf.offsetOf(type.id)
  const isOpen = type.size === 0
  if (isOpen) view.setUint32(start + 8, section.size, littleEndian)
  const variables = type.variables.map((variable) => {
    const offset = isOpen ? symbolOffset(btf, variable.type, section) : undefined
    return { ...variable, offset: offset ?? variable.offset }
  })
  variables.sort((a, b) => a.offset - b.offset)
  variables.forEach((variable, index) => {
    const at = start + (TYPE_WORDS + index * 3) * 4
    view.setUint32(at, variable.type, littleEndian)
    view.setUint32(at + 4, variable.offset, littleEndian)
    view.setUint32(at + 8, variable.size, littleEndian)
  })
}

function symbolOffset(btf: Btf, id: TypeId, section: DatasecLayout): number | undefined {
  const variable = btf.type(id)
  return variable.kind === 'var' && variable.linkage !== 'static'
    ? section.offsetOf(variable.name)
    : undefined
}
