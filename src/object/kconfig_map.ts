import { bpf_map_create_flags, bpf_map_type } from '../abi/generated/bpf.ts'
import { sectionIndex, VOID } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { SHN_UNDEF } from '../elf/constants.ts'
import type { ExternSpec, KconfigExtern } from './extern_spec.ts'
import { KCONFIG_SECTION } from './externs.ts'
import type { GlobalVariable } from './globals.ts'
import { MapSpec } from './map_spec.ts'

const { BPF_F_MMAPABLE, BPF_F_RDONLY_PROG } = bpf_map_create_flags

/**
 * The map that holds the values of `__kconfig` variables, a read-only data section but for where its contents come from:
 * they are worked out when the object is relocated for a kernel, and zero in the spec.
 *
 * @returns Nothing for an object that has no such variable.
 */
export function readKconfigMap(
  btf: Btf | undefined,
  externs: ReadonlyMap<string, ExternSpec>,
): readonly MapSpec[] {
  const size = kconfigExterns(externs).reduce((end, extern) => Math.max(end, extern.offset + extern.size), 0)
  if (btf === undefined || size === 0) return []
  return [
    new MapSpec({
      name: KCONFIG_SECTION,
      type: bpf_map_type.BPF_MAP_TYPE_ARRAY,
      keySize: 4,
      valueSize: size,
      maxEntries: 1,
      flags: BPF_F_RDONLY_PROG | BPF_F_MMAPABLE,
      valueType: btf.find(KCONFIG_SECTION, 'datasec')?.id ?? VOID,
      // Externs are undefined symbols, whose section has the number 0.
      origin: {
        kind: 'data',
        section: sectionIndex(SHN_UNDEF),
        sectionName: KCONFIG_SECTION,
        readOnly: true,
      },
      contents: new Uint8Array(size),
    }),
  ]
}

export function kconfigExterns(externs: ReadonlyMap<string, ExternSpec>): readonly KconfigExtern[] {
  return [...externs.values()].filter((extern) => extern.kind === 'kconfig')
}

/** The `__kconfig` variables as what they are once the object is loaded. */
export function kconfigVariables(externs: ReadonlyMap<string, ExternSpec>): readonly GlobalVariable[] {
  return kconfigExterns(externs).map(({ name, offset, size, type }) => ({
    name,
    sectionName: KCONFIG_SECTION,
    offset,
    size,
    type,
    linkage: 'global',
  }))
}
