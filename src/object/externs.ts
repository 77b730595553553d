import { byteOffset, type TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { BtfError } from '../btf/btf_error.ts'
import { alignmentOf, sizeOf } from '../btf/layout.ts'
import { resolve } from '../btf/resolve.ts'
import type { BtfDatasec, BtfFunc, BtfVar } from '../btf/types.ts'
import { STB_WEAK } from '../elf/constants.ts'
import type { ElfFile } from '../elf/elf_file.ts'
import type { ExternSpec, KconfigExtern, KfuncExtern, KsymExtern } from './extern_spec.ts'
import { type KconfigType, kconfigTypeOf } from './kconfig_type.ts'
import { ObjectError } from './object_error.ts'

/** Sections of BTF that ELF does not have: what is in them is not in the object. */
export const KCONFIG_SECTION = '.kconfig'
export const KSYMS_SECTION = '.ksyms'

/** Far more than all configuration strings of a kernel together. */
const MAX_KCONFIG_SIZE = 1 << 20

/**
 * The externs of an object. BTF says what they are, in the sections `.kconfig` and `.ksyms`; ELF says which of them may be
 * missing, by a weak symbol. One that has no symbol is one that no instruction refers to, so it may be missing too.
 *
 * They are in the order of `cmp_externs` in tools/lib/bpf/libbpf.c (bpf-next with libbpf 1.6): it decides where the
 * variables of `.kconfig` lie, and with which numbers calls of missing kernel functions are poisoned.
 *
 * @throws ObjectError 'OBJECT_UNSUPPORTED' for a `.kconfig` of more than 1 MiB; what `btf.type` throws
 */
export function readExterns(elf: ElfFile, btf: Btf | undefined): ReadonlyMap<string, ExternSpec> {
  if (btf === undefined) return new Map()
  const strengths = new Map(
    elf.symbols
      .filter(({ definedIn }) => definedIn.kind === 'undefined')
      .map(({ name, binding }) => [name, binding === STB_WEAK ? 'weak' : 'strong']),
  )
  const isWeak = (name: string): boolean => strengths.get(name) !== 'strong'
  const externs = [...readKconfig(elf, btf, isWeak), ...readKsyms(btf, isWeak)]
  return new Map(externs.map((extern) => [extern.name, extern]))
}

type IsWeak = (name: string) => boolean

/** The sections of this name: there should be one, and nothing keeps a file from having more. */
export function datasecsNamed(btf: Btf, name: string): readonly BtfDatasec[] {
  return btf.idsOfKind('datasec').flatMap((id) => {
    const type = btf.nameOf(id) === name ? btf.type(id) : undefined
    return type?.kind === 'datasec' ? [type] : []
  })
}

function declarationsIn(btf: Btf, section: string): readonly (BtfVar | BtfFunc)[] {
  const entries = datasecsNamed(btf, section).flatMap(({ variables }) => variables)
  const declarations = new Map<string, BtfVar | BtfFunc>()
  for (const { type: id } of entries) {
    const type = btf.type(id)
    if ((type.kind === 'var' || type.kind === 'func') && !declarations.has(type.name))
      declarations.set(type.name, type)
  }
  return [...declarations.values()]
}

/** Widest alignment first, then the smallest, so that nothing is lost between them. */
function readKconfig(elf: ElfFile, btf: Btf, isWeak: IsWeak): readonly KconfigExtern[] {
  const variables = declarationsIn(btf, KCONFIG_SECTION)
    .filter((type) => type.kind === 'var')
    .map(({ name, type }) => ({ name, type, ...contentOf(btf, type) }))
    .sort((a, b) => b.alignment - a.alignment || a.size - b.size || byName(a, b))
  let end = 0
  return variables.map(({ name, type, holds, size, alignment }): KconfigExtern => {
    const offset = Math.ceil(end / alignment) * alignment
    end = offset + size
    if (end > MAX_KCONFIG_SIZE) throw tooLarge(elf, name)
    return { kind: 'kconfig', name, weak: isWeak(name), type, holds, size, offset: byteOffset(offset) }
  })
}

interface KconfigContent {
  readonly holds: KconfigType
  readonly size: number
  readonly alignment: number
}

function contentOf(btf: Btf, type: TypeId): KconfigContent {
  const holds = kconfigTypeOf(btf, type)
  if (holds.kind !== 'unsupported')
    return { holds, size: sizeOf(btf, type), alignment: alignmentOf(btf, type) }
  return { holds, size: sizeIfAny(btf, type), alignment: 1 }
}

/** What can hold nothing still takes its place, for the kernel compares places with types. */
function sizeIfAny(btf: Btf, type: TypeId): number {
  try {
    return sizeOf(btf, type)
  } catch (error) {
    if (error instanceof BtfError && error.code === 'BTF_NO_SIZE') return 0
    throw error
  }
}

function readKsyms(btf: Btf, isWeak: IsWeak): readonly (KsymExtern | KfuncExtern)[] {
  return declarationsIn(btf, KSYMS_SECTION)
    .map((declaration): KsymExtern | KfuncExtern => {
      const { name } = declaration
      return declaration.kind === 'func'
        ? { kind: 'kfunc', name, weak: isWeak(name), type: declaration.proto }
        : { kind: 'ksym', name, weak: isWeak(name), type: behindQualifiers(btf, declaration.type) }
    })
    .sort(byName)
}

function behindQualifiers(btf: Btf, id: TypeId): TypeId {
  return resolve(btf, id).id
}

/** As strcmp(3) does for the names that C has. */
function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  if (a.name === b.name) return 0
  return a.name < b.name ? -1 : 1
}

function tooLarge(elf: ElfFile, name: string): ObjectError {
  return new ObjectError(
    'OBJECT_UNSUPPORTED',
    `${elf.name}: cannot lay out section ${KCONFIG_SECTION}: up to ${name} its variables have more than ${MAX_KCONFIG_SIZE} ` +
      'bytes; declare shorter strings',
    { object: elf.name, section: KCONFIG_SECTION },
  )
}
