import { typeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import type { BtfBuilder } from '../../src/btf/encoder.ts'
import type { BtfDatasec, BtfKind, BtfTypeOf } from '../../src/btf/types.ts'
import { STB_GLOBAL, STB_WEAK, STT_NOTYPE } from '../../src/elf/constants.ts'
import type { ElfFile, ElfSection, ElfSymbol } from '../../src/elf/elf_file.ts'
import { sectionNamed } from '../../src/elf/lookup.ts'
import { parseElf } from '../../src/elf/parse.ts'
import { linkObjects } from '../../src/static_linker/link_objects.ts'
import { type LinkerErrorCode, LinkerError } from '../../src/static_linker/linker_error.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { type NamedTypes, type ObjectDescription, writeObject } from '../object/object_writer.ts'

/** Objects as test/object/object_writer.ts describes them, or their bytes; they are called a.o, b.o and so on. */
export type Linked = ObjectDescription | Uint8Array

export function linkBytes(...objects: readonly Linked[]): Uint8Array {
  return linkObjects(
    objects.map((object, index) => ({
      name: `${String.fromCharCode(97 + index)}.o`,
      bytes: object instanceof Uint8Array ? object : writeObject(object),
    })),
  )
}

export const link = (...objects: readonly Linked[]): ElfFile => parseElf(linkBytes(...objects), 'linked.o')

export function linkerErrorOf(code: LinkerErrorCode, ...objects: readonly Linked[]): LinkerError {
  const error = bpfErrorOf(code, () => linkBytes(...objects))
  if (error instanceof LinkerError) return error
  throw new Error('the error is no LinkerError')
}

export function sectionOf(elf: ElfFile, name: string): ElfSection {
  const section = sectionNamed(elf, name)
  if (section === undefined) throw new Error(`there is no section ${name}`)
  return section
}

export function symbolOf(elf: ElfFile, name: string): ElfSymbol & { readonly section: string } {
  const symbols = elf.symbols.filter((symbol) => symbol.name === name)
  const [symbol] = symbols
  if (symbol === undefined || symbols.length > 1)
    throw new Error(`there are ${symbols.length} symbols ${name}`)
  return { ...symbol, section: placeOf(elf, symbol) }
}

export const placeOf = (elf: ElfFile, { definedIn }: ElfSymbol): string =>
  definedIn.kind === 'section' ? (elf.sections[definedIn.section]?.name ?? '?') : definedIn.kind

export const btfOf = (elf: ElfFile): Btf => Btf.parse(sectionOf(elf, '.BTF').data, { name: elf.name })

export function typesOf<Kind extends BtfKind>(elf: ElfFile, kind: Kind): readonly BtfTypeOf<Kind>[] {
  const btf = btfOf(elf)
  const isOfKind = (type: ReturnType<Btf['type']>): type is BtfTypeOf<Kind> => type.kind === kind
  return Array.from({ length: btf.typeCount }, (_, index) => btf.type(typeId(index + 1))).filter(isOfKind)
}

/** Names, offsets and sizes of what a DATASEC lists. */
export function datasecOf(elf: ElfFile, name: string): readonly (readonly [string, number, number])[] {
  const btf = btfOf(elf)
  const datasec: BtfDatasec | undefined = btf.find(name, 'datasec')
  return (datasec?.variables ?? []).map(({ type, offset, size }) => [btf.nameOf(type), offset, size])
}

/** `extern int name;`, or a function `extern int name(void);` in the given DATASEC, if any. */
export function externs(
  names: readonly string[],
  { kind = 'var', section, weak, type = 'int' }: ExternOptions = {},
): Pick<ObjectDescription, 'types' | 'extraSymbols'> {
  const declare = (builder: BtfBuilder, types: NamedTypes): NamedTypes => {
    const ids = names.map((name) =>
      kind === 'var'
        ? builder.addVar(name, types[type] ?? typeId(0), 'extern')
        : builder.addFunc(name, builder.addFuncProto(types['int'] ?? typeId(0), []), 'extern'),
    )
    if (section !== undefined) {
      builder.addDatasec(
        section,
        0,
        ids.map((id) => ({ type: id, offset: 0, size: kind === 'var' ? 4 : 0 })),
      )
    }
    return {}
  }
  const binding = weak === true ? STB_WEAK : STB_GLOBAL
  return { types: declare, extraSymbols: names.map((name) => ({ name, binding, type: STT_NOTYPE })) }
}

export interface ExternOptions {
  readonly kind?: 'var' | 'func'
  readonly section?: string
  readonly weak?: true
  /** One of the basic types. Default 'int'. */
  readonly type?: string
}
