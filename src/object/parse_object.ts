import { bpf_map_type } from '../abi/generated/bpf.ts'
import type { Observer } from '../base/observer.ts'
import { byteOffset } from '../base/units.ts'
import { Btf } from '../btf/btf.ts'
import { type BtfExt, parseBtfExt } from '../btf/btf_ext.ts'
import { fixupDatasecs } from '../btf/fixup_datasecs.ts'
import { mendSplitVariables } from '../btf/mend_variables.ts'
import { EM_BPF, ET_REL, STB_LOCAL, STT_NOTYPE, STT_OBJECT } from '../elf/constants.ts'
import type { ElfFile, ElfSection } from '../elf/elf_file.ts'
import { sectionNamed, symbolsIn } from '../elf/lookup.ts'
import { parseElf } from '../elf/parse.ts'
import { readArenaData } from './arena_data.ts'
import { readDataSections } from './data_sections.ts'
import { DataTypes } from './data_types.ts'
import { allocateExternTypes } from './extern_types.ts'
import { readExterns } from './externs.ts'
import { createGlobals } from './globals.ts'
import { markHiddenFunctions } from './hidden_functions.ts'
import { markHiddenVariables } from './hidden_variables.ts'
import { readKconfigMap } from './kconfig_map.ts'
import { readLegacyMaps } from './legacy_maps.ts'
import { readMapDefinitions } from './map_definitions.ts'
import { readSlotRelocations } from './map_slots.ts'
import { MapSpec } from './map_spec.ts'
import { ObjectError } from './object_error.ts'
import type { ObjectSpec } from './object_spec.ts'
import type { ProgramSpec } from './program_spec.ts'
import { readFunctions } from './programs.ts'
import { specGlobalStore } from './spec_globals.ts'
import type { ObjectStep } from './steps.ts'
import { readStructOps } from './struct_ops.ts'
import { createStructOps } from './struct_ops_members.ts'
import { uniqueMaps } from './unique_maps.ts'

/**
 * Reads a BPF object: ELF sections, then types, programs, maps and global variables.
 *
 * @param bytes The whole file.
 * @param name How errors call it; a path is fine.
 * @throws ElfError, BtfError, ObjectError: each names the file and where in it the trouble is.
 */
export function parseObject(bytes: Uint8Array, name: string, observer?: Observer<ObjectStep>): ObjectSpec {
  const elf = parseElf(bytes, name, observer)
  requireBpf(elf)
  const { functions, programs, hidden } = readFunctions(elf)
  const declared = readBtf(elf, hidden, observer)
  const externs = readExterns(elf, declared)
  const btf = declared && allocateExternTypes(declared, externs)
  const btfExt = readBtfExt(elf, btf)
  const dataSections = readDataSections(elf, btf)
  const maps = uniqueMaps([
    ...readMaps(elf, btf, programs),
    ...readLegacyMaps(elf),
    ...dataSections.map(({ map }) => map),
    ...readKconfigMap(btf, externs),
    ...readStructOps(elf, btf, programs),
  ])
  const arenaData = readArenaData(elf, btf, [...maps.values()])
  const usable = dataSections.filter(({ map }) => maps.get(map.name)?.problem === undefined)
  const ofVariables = arenaData === undefined ? usable : [...usable, arenaData]
  const types = new DataTypes(btf, ofVariables)
  const programsByName = firstByName(programs)
  const store = specGlobalStore(name, types, new Map(ofVariables.map(({ map }) => [map.name, map])))
  const spec: ObjectSpec = {
    name: baseName(name),
    elf,
    get btf() {
      return types.btf
    },
    btfExt,
    license: readLicense(elf),
    programs: programsByName,
    functions,
    maps,
    externs,
    arenaData,
    get variables() {
      return types.variables
    },
    globals: createGlobals(name, types.variables, store),
    structOps: createStructOps({ object: name, btf, maps: [...maps.values()], programs: programsByName }),
  }
  report(spec, observer)
  return spec
}

function requireBpf(elf: ElfFile): void {
  if (elf.machine === EM_BPF && elf.type === ET_REL) return
  throw new ObjectError(
    'OBJECT_NOT_BPF',
    `${elf.name}: cannot read it as a BPF object: expected a relocatable file (e_type ${ET_REL}) for the BPF machine ` +
      `(e_machine ${EM_BPF}), found e_type ${elf.type} and e_machine ${elf.machine}; build it with clang -target bpf -c`,
    { object: elf.name },
  )
}

/** The object's BTF. clang leaves the sizes of data sections and the places of variables in them to the loader. */
function readBtf(elf: ElfFile, hidden: ReadonlySet<string>, observer: Observer<ObjectStep>): Btf | undefined {
  const section = sectionNamed(elf, '.BTF')
  if (section === undefined) return undefined
  const parsed = Btf.parse(section.data, { name: elf.name })
  const fixed = fixupDatasecs(parsed, (name) => {
    const dataSection = sectionNamed(elf, name)
    if (dataSection === undefined) return undefined
    const symbols = symbolsIn(elf, dataSection.index).filter(({ binding }) => binding !== STB_LOCAL)
    const places = new Map(symbols.map((symbol) => [symbol.name, Number(symbol.value)]))
    return { size: dataSection.size, offsetOf: (variable) => places.get(variable) }
  })
  markHiddenFunctions(parsed, fixed, hidden)
  markHiddenVariables(parsed, fixed, elf)
  const mended = mendSplitVariables(Btf.parse(fixed, { name: elf.name }), (variable) => {
    observer?.({ kind: 'variable-mended', object: elf.name, variable })
  })
  return Btf.parse(mended, { name: elf.name })
}

function readBtfExt(elf: ElfFile, btf: Btf | undefined): BtfExt | undefined {
  const section = sectionNamed(elf, '.BTF.ext')
  return section === undefined || btf === undefined
    ? undefined
    : parseBtfExt(section.data, { btf, name: elf.name })
}

function readMaps(elf: ElfFile, btf: Btf | undefined, programs: readonly ProgramSpec[]): readonly MapSpec[] {
  const section = sectionNamed(elf, '.maps')
  if (section === undefined) return []
  const datasec = btf?.find('.maps', 'datasec')
  if (btf === undefined || datasec === undefined) return undescribedMaps(elf, section)
  const variables = datasec.variables.flatMap((entry) => {
    const variable = btf.type(entry.type)
    return variable.kind === 'var' ? [{ name: variable.name, type: variable.type, offset: entry.offset }] : []
  })
  const slots = readSlotRelocations(elf, section, { maps: variables, programs })
  return readMapDefinitions({ btf, section: section.index, variables, slots })
}

/** The maps that only symbols tell of. Nothing is known of them but that programs may want them. */
function undescribedMaps(elf: ElfFile, section: ElfSection): readonly MapSpec[] {
  return symbolsIn(elf, section.index)
    .filter(({ name, type }) => name !== '' && (type === STT_OBJECT || type === STT_NOTYPE))
    .map(
      ({ name, value }) =>
        new MapSpec({
          name,
          type: bpf_map_type.BPF_MAP_TYPE_UNSPEC,
          origin: { kind: 'definition', section: section.index, offset: byteOffset(Number(value)) },
          problem: 'section .maps is described by no BTF; build the object with clang -g',
        }),
    )
}

/** The string of section `license`, up to its first NUL or else the section's end; libbpf takes one without an end, too. */
function readLicense(elf: ElfFile): string {
  const data = sectionNamed(elf, 'license')?.data ?? new Uint8Array()
  const end = data.indexOf(0)
  return new TextDecoder().decode(end === -1 ? data : data.subarray(0, end))
}

/** Of programs that share a name the first: none of them can be loaded, see `problem`. */
function firstByName(programs: readonly ProgramSpec[]): ReadonlyMap<string, ProgramSpec> {
  const named = new Map<string, ProgramSpec>()
  for (const program of programs) if (!named.has(program.name)) named.set(program.name, program)
  return named
}

/** The file's name up to its first dot, as libbpf has it (bpf_object__new in src/libbpf.c 1.6): maps are named after it. */
function baseName(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1)
  const dot = file.indexOf('.')
  return dot === -1 ? file : file.slice(0, dot)
}

function report(spec: ObjectSpec, observer: Observer<ObjectStep>): void {
  if (observer === undefined) return
  for (const program of spec.programs.values())
    observer({ kind: 'program-found', object: spec.elf.name, program })
  for (const map of spec.maps.values()) observer({ kind: 'map-found', object: spec.elf.name, map })
}
