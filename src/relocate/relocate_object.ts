import type { Observer } from '../base/observer.ts'
import type { Btf } from '../btf/btf.ts'
import type { CoreResolver } from '../core/resolve.ts'
import type { MapSpec } from '../object/map_spec.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import type { ProgramSpec } from '../object/program_spec.ts'
import { applyCoreRelocations, createResolver } from './core_relocations.ts'
import { cutInfoRecords } from './info_records.ts'
import { findMapReferences } from './map_references.ts'
import type { RelocatedMap, RelocatedObject, RelocatedProgram } from './relocated_object.ts'
import { RelocationError } from './relocation_error.ts'
import type { RelocateStep } from './steps.ts'

export interface RelocateOptions {
  /**
   * Gives the types of the kernel that the programs will run on. Asked for once, and only if a program has a CO-RE
   * relocation, since reading a kernel's BTF is the most expensive part of most loads.
   */
  readonly targetBtf: () => Btf
  readonly observer?: Observer<RelocateStep>
}

/**
 * Makes the programs of `spec` that have `autoload` ready for one kernel. Works on copies: the spec stays as it is.
 *
 * @throws RelocationError naming the program and the instruction; BtfError for `.BTF.ext` records that cannot be read; what
 *   `targetBtf` throws.
 */
export function relocateObject(spec: ObjectSpec, options: RelocateOptions): RelocatedObject {
  const programs = [...spec.programs.values()].filter(({ autoload }) => autoload)
  const resolver = createResolver(spec, programs, options.targetBtf)
  return {
    name: spec.name,
    fileName: spec.elf.name,
    license: spec.license,
    btf: spec.btf,
    maps: [...spec.maps.values()].map(snapshot),
    variables: spec.variables,
    programs: programs.map((program) => relocateProgram(spec, program, resolver, options.observer)),
  }
}

function relocateProgram(
  spec: ObjectSpec,
  program: ProgramSpec,
  resolver: CoreResolver | undefined,
  observer: Observer<RelocateStep>,
): RelocatedProgram {
  if (program.kind.kind === 'unknown') {
    throw new RelocationError(
      'RELOCATION_UNKNOWN_PROGRAM_TYPE',
      `${spec.elf.name}: cannot load program ${program.name}: ${program.kind.reason}; set its autoload to false to leave it out`,
      { object: spec.elf.name, section: program.sectionName, program: program.name },
    )
  }
  const insns = program.insns.slice()
  const mapReferences = findMapReferences(spec, program)
  for (const reference of mapReferences) {
    observer?.({ kind: 'map-reference-found', program: program.name, reference })
  }
  return {
    name: program.name,
    section: program.kind.section,
    insns,
    mapReferences,
    funcInfo: cutInfoRecords(spec.btfExt?.funcInfo ?? [], program, spec.elf.endianness),
    lineInfo: cutInfoRecords(spec.btfExt?.lineInfo ?? [], program, spec.elf.endianness),
    coreRelocations: applyCoreRelocations(spec, program, resolver, insns, observer),
  }
}

function snapshot(map: MapSpec): RelocatedMap {
  const {
    name,
    type,
    keySize,
    valueSize,
    maxEntries,
    flags,
    numaNode,
    mapExtra,
    keyType,
    valueType,
    origin,
  } = map
  return {
    name,
    type,
    keySize,
    valueSize,
    maxEntries,
    flags,
    numaNode,
    mapExtra,
    keyType,
    valueType,
    origin,
    contents: map.contents.slice(),
  }
}
