import { SHN_ABS, SHN_UNDEF, STB_LOCAL, STT_NOTYPE, STT_SECTION } from '../elf/constants.ts'
import type { ElfSymbol } from '../elf/elf_file.ts'
import type { WritableSymbol } from '../elf/elf_writer.ts'
import type { SymbolIndex } from '../base/units.ts'
import { type GlobalSymbol, isOwnSymbol } from './global_symbols.ts'
import type { InputObject } from './input_object.ts'
import { LinkerError } from './linker_error.ts'
import type { Layout, OutputSection } from './output_sections.ts'

/** The symbols of the result, and what became of those of each object. */
export interface SymbolTable {
  readonly symbols: readonly WritableSymbol[]
  /** The result's symbol index; undefined for a symbol that is left out with its section. */
  indexOf(input: InputObject, symbol: SymbolIndex): number | undefined
}

/**
 * Local symbols first, as ELF wants it (gabi 4.3, "Symbol Table"), each object's its own, whatever they are called; of
 * those that stand for a section there is one for each section. Then the global ones, each once.
 *
 * @throws LinkerError LINK_BAD_SYMBOL
 */
export function buildSymbolTable(
  inputs: readonly InputObject[],
  layout: Layout,
  globals: ReadonlyMap<string, GlobalSymbol>,
): SymbolTable {
  const builder = new SymbolTableBuilder(layout)
  for (const input of inputs) builder.addOwn(input, (symbol) => symbol.binding === STB_LOCAL)
  for (const input of inputs) builder.addOwn(input, (symbol) => symbol.binding !== STB_LOCAL)
  for (const global of globals.values()) builder.addGlobal(global)
  return builder
}

class SymbolTableBuilder implements SymbolTable {
  readonly symbols: WritableSymbol[] = []
  readonly #layout: Layout
  readonly #indices = new Map<InputObject, Map<SymbolIndex, number>>()
  readonly #sectionSymbols = new Map<OutputSection, number>()

  constructor(layout: Layout) {
    this.#layout = layout
  }

  indexOf(input: InputObject, symbol: SymbolIndex): number | undefined {
    return this.#indices.get(input)?.get(symbol)
  }

  addOwn(input: InputObject, isWanted: (symbol: ElfSymbol) => boolean): void {
    for (const symbol of input.elf.symbols) {
      if (symbol.index === 0 || !isOwnSymbol(input, symbol) || !isWanted(symbol)) continue
      const index = this.#addOwn(input, symbol)
      if (index !== undefined) this.#note(input, symbol, index)
    }
  }

  addGlobal({ name, occurrences, definition, binding, visibility }: GlobalSymbol): void {
    const { placement, symbol } = definition ?? {}
    const index = this.#add({
      name,
      binding,
      visibility,
      type: symbol?.type ?? STT_NOTYPE,
      section: placement?.section.index ?? SHN_UNDEF,
      value: (symbol?.value ?? 0n) + BigInt(placement?.offset ?? 0),
      size: symbol?.size ?? 0,
    })
    for (const occurrence of occurrences) this.#note(occurrence.input, occurrence.symbol, index)
  }

  /** Undefined for a symbol of a section that is not linked. */
  #addOwn(input: InputObject, symbol: ElfSymbol): number | undefined {
    const { definedIn, name, type, binding, visibility, value, size } = symbol
    if (definedIn.kind === 'absolute') {
      return this.#add({ name, type, binding, visibility, section: SHN_ABS, value, size })
    }
    if (definedIn.kind !== 'section') {
      const message = `${input.name}: cannot link it: the local symbol ${symbol.index} (${name}) is in no section (${definedIn.kind})`
      throw new LinkerError('LINK_BAD_SYMBOL', message, { object: input.name, symbol: name })
    }
    const placement = this.#layout.placementOf(input, definedIn.section)
    if (placement === undefined) return undefined
    const { section, offset } = placement
    if (type === STT_SECTION) return this.#sectionSymbol(section)
    const place = { section: section.index, value: value + BigInt(offset), size }
    return this.#add({ name, type, binding, visibility, ...place })
  }

  #sectionSymbol(section: OutputSection): number {
    const known = this.#sectionSymbols.get(section)
    if (known !== undefined) return known
    const index = this.#add({
      name: '',
      type: STT_SECTION,
      binding: STB_LOCAL,
      visibility: 0,
      section: section.index,
      value: 0n,
      size: 0,
    })
    this.#sectionSymbols.set(section, index)
    return index
  }

  /** Index 0 is the null symbol's. */
  #add(symbol: WritableSymbol): number {
    return this.symbols.push(symbol)
  }

  #note(input: InputObject, { index }: ElfSymbol, output: number): void {
    const indices = this.#indices.get(input) ?? new Map<SymbolIndex, number>()
    this.#indices.set(input, indices.set(index, output))
  }
}
