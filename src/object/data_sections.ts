import { bpf_map_create_flags, bpf_map_type } from '../abi/generated/bpf.ts'
import { byteOffset, type TypeId, VOID } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { BtfError } from '../btf/btf_error.ts'
import { lastArrayOf } from '../btf/resize_datasecs.ts'
import { SHT_NOBITS } from '../elf/constants.ts'
import type { ElfFile, ElfSection } from '../elf/elf_file.ts'
import type { GlobalVariable } from './globals.ts'
import { type ArrayTail, MapSpec, MAX_DATA_SIZE } from './map_spec.ts'
import { ObjectError } from './object_error.ts'

/**
 * Global variables live in maps: each data section becomes an array map with one value, the whole section, and an access
 * to a variable becomes an access to that value. `.rodata` may be read only, by programs and, once filled, by anybody.
 */
export interface DataSection {
  readonly map: MapSpec
  /** The DATASEC that describes it; `void` where there is none. */
  readonly datasec: TypeId
  /** As the object defines them. */
  readonly variables: readonly GlobalVariable[]
}

const { BPF_F_MMAPABLE, BPF_F_RDONLY_PROG } = bpf_map_create_flags

/** The kinds of data sections; a name may go on after a dot, as in `.rodata.config` or `.bss.counters`. */
const dataSectionNames = ['.data', '.rodata', '.bss'] as const

/**
 * The data sections of an object, in section order. Empty ones are left out: a map's value has at least one byte.
 *
 * @throws ObjectError 'OBJECT_UNSUPPORTED' for sections of more than 256 MiB together.
 */
export function readDataSections(elf: ElfFile, btf: Btf | undefined): readonly DataSection[] {
  const sections = elf.sections.filter((section) => isDataSection(section.name) && section.size > 0)
  requireModestSize(elf, sections)
  return sections.map((section) => readDataSection(section, btf))
}

/** @throws ObjectError 'OBJECT_UNSUPPORTED' for sections of more than 256 MiB together. */
export function requireModestSize(elf: ElfFile, sections: readonly ElfSection[]): void {
  let total = 0
  for (const section of sections) {
    total += section.size
    if (total <= MAX_DATA_SIZE) continue
    throw new ObjectError(
      'OBJECT_UNSUPPORTED',
      `${elf.name}: cannot read the data sections: up to ${section.name}, which has ${section.size} bytes, they have ${total} ` +
        `bytes, and ${MAX_DATA_SIZE} are supported; keep large data in a map of its own`,
      { object: elf.name, section: section.name },
    )
  }
}

export function isDataSection(name: string): boolean {
  return dataSectionNames.some((base) => name === base || name.startsWith(`${base}.`))
}

/** What a section is as a map, and the variables in it. */
export function readDataSection(section: ElfSection, btf: Btf | undefined): DataSection {
  const datasec = btf?.find(section.name, 'datasec')?.id ?? VOID
  const variables = btf === undefined ? [] : readVariables(btf, datasec, section)
  const readOnly = section.name === '.rodata' || section.name.startsWith('.rodata.')
  const mmapable = variables.some(({ linkage }) => linkage === 'global')
  const map = new MapSpec({
    name: section.name,
    type: bpf_map_type.BPF_MAP_TYPE_ARRAY,
    keySize: 4,
    valueSize: section.size,
    maxEntries: 1,
    flags: (readOnly ? BPF_F_RDONLY_PROG : 0) | (mmapable ? BPF_F_MMAPABLE : 0),
    valueType: datasec,
    origin: { kind: 'data', section: section.index, sectionName: section.name, readOnly },
    contents: initialContents(section),
    arrayTail: () => (btf === undefined ? undefined : readArrayTail(btf, datasec)),
  })
  return { map, datasec, variables }
}

/** Types that are broken are as good as none: then nothing describes the section once it has another size. */
function readArrayTail(btf: Btf, datasec: TypeId): ArrayTail | undefined {
  try {
    const last = lastArrayOf(btf, datasec)
    return last && { name: btf.nameOf(last.variable), offset: last.offset, elementSize: last.elementSize }
  } catch (error) {
    if (error instanceof BtfError) return undefined
    throw error
  }
}

function initialContents(section: ElfSection): Uint8Array {
  return section.type === SHT_NOBITS ? new Uint8Array(section.size) : section.data.slice()
}

/**
 * The variables of a data section that lie within its bytes, in the order of their places.
 *
 * @param section Its name, and how many bytes it has.
 * @throws BtfError what `btf.type` throws for the DATASEC and its variables
 */
export function readVariables(
  btf: Btf,
  id: TypeId,
  section: Pick<ElfSection, 'name' | 'size'>,
): readonly GlobalVariable[] {
  const datasec = btf.type(id)
  if (datasec.kind !== 'datasec') return []
  return datasec.variables.flatMap((entry) => {
    const variable = btf.type(entry.type)
    if (variable.kind !== 'var' || variable.linkage === 'extern') return []
    if (entry.offset + entry.size > section.size) return []
    return [
      {
        name: variable.name,
        sectionName: section.name,
        offset: byteOffset(entry.offset),
        size: entry.size,
        type: variable.type,
        linkage: variable.linkage,
      },
    ]
  })
}
