import { STB_GLOBAL, STB_LOCAL, STB_WEAK, STT_NOTYPE, STV_DEFAULT, STV_HIDDEN } from '../elf/constants.ts'
import type { ElfSymbol } from '../elf/elf_file.ts'
import type { Declaration } from './declarations.ts'
import { requireSameDeclaration } from './same_declaration.ts'
import type { InputObject } from './input_object.ts'
import { LinkerError, type LinkerErrorCode } from './linker_error.ts'
import { type Layout, type Placement } from './output_sections.ts'

/**
 * What the objects call by one name is one thing, if the name is global. A strong definition wins over weak ones, the first
 * weak one over those after it, and any definition over externs; what loses a function or a variable to another object
 * keeps its bytes, to which no symbol leads any more. All must have declared it alike.
 *
 * The rules are those of libbpf's linker (linker_append_elf_sym in src/linker.c), but for one: there an extern that is not
 * weak makes a weak definition strong, so that a strong one in a third object is refused if it comes last.
 */
export interface GlobalSymbol {
  readonly name: string
  /** In the order of the objects. */
  readonly occurrences: readonly Occurrence[]
  /** The occurrence that counts, undefined where no object defines the symbol: it stays extern. */
  readonly definition: Occurrence | undefined
  /** STB_GLOBAL unless all occurrences are weak. */
  readonly binding: number
  /** The strictest of all occurrences: what one object hides is hidden. */
  readonly visibility: number
}

/** A global symbol in one object. */
export interface Occurrence {
  readonly input: InputObject
  readonly symbol: ElfSymbol
  /** Undefined for an extern. */
  readonly placement: Placement | undefined
  /** Undefined where BTF says nothing of it. */
  readonly declaration: Declaration | undefined
}

/** LLVM's names of jump tables count from 0 in each object: they are global, and different ones. */
const JUMP_TABLES = '.jumptables'

/** Whether a symbol is for its object alone, whatever its binding. */
export function isOwnSymbol(input: InputObject, { binding, definedIn }: ElfSymbol): boolean {
  if (binding === STB_LOCAL) return true
  return definedIn.kind === 'section' && input.elf.sections[definedIn.section]?.name === JUMP_TABLES
}

/**
 * @throws LinkerError LINK_BAD_SYMBOL, LINK_DUPLICATE_SYMBOL, LINK_TYPE_MISMATCH, LINK_SIZE_MISMATCH, LINK_MAP_MISMATCH,
 *   LINK_SECTION_MISMATCH; what reading map definitions throws
 */
export function resolveGlobals(
  inputs: readonly InputObject[],
  layout: Layout,
): ReadonlyMap<string, GlobalSymbol> {
  const globals = new Map<string, OpenSymbol>()
  for (const input of inputs) {
    for (const symbol of input.elf.symbols) {
      if (symbol.index === 0 || isOwnSymbol(input, symbol)) continue
      const occurrence = readOccurrence(input, symbol, layout)
      if (occurrence === undefined) continue
      const known = globals.get(symbol.name)
      if (known === undefined) globals.set(symbol.name, open(occurrence))
      else join(known, occurrence)
    }
  }
  return globals
}

/** A symbol of which more may turn up. */
interface OpenSymbol extends GlobalSymbol {
  readonly occurrences: Occurrence[]
  definition: Occurrence | undefined
  binding: number
  visibility: number
}

function open(first: Occurrence): OpenSymbol {
  const { name, binding, visibility } = first.symbol
  const definition = first.placement === undefined ? undefined : first
  return { name, occurrences: [first], definition, binding, visibility }
}

/** Undefined for a symbol of a section that is not linked. */
function readOccurrence(input: InputObject, symbol: ElfSymbol, layout: Layout): Occurrence | undefined {
  const { name, definedIn, binding, visibility, type } = symbol
  const fail = (found: string): LinkerError => problem('LINK_BAD_SYMBOL', input, name, found)
  if (binding !== STB_GLOBAL && binding !== STB_WEAK)
    throw fail(`has binding ${binding}, which BPF does not know`)
  if (visibility !== STV_DEFAULT && visibility !== STV_HIDDEN) {
    throw fail(`has visibility ${visibility}; known are default (${STV_DEFAULT}) and hidden (${STV_HIDDEN})`)
  }
  const declaration = input.declarations.get(name)
  if (definedIn.kind === 'undefined') {
    if (name === '' || type !== STT_NOTYPE)
      throw fail(`is extern, and has type ${type} where externs have none`)
    return { input, symbol, placement: undefined, declaration }
  }
  if (definedIn.kind !== 'section') throw fail(`is in no section (${definedIn.kind})`)
  const placement = layout.placementOf(input, definedIn.section)
  if (placement === undefined) return undefined
  if (symbol.value + BigInt(symbol.size) > BigInt(input.elf.sections[definedIn.section]?.size ?? 0)) {
    throw fail(`ends after its section ${placement.section.name}`)
  }
  return { input, symbol, placement, declaration }
}

function join(known: OpenSymbol, added: Occurrence): void {
  const { binding, visibility } = added.symbol
  const reference = known.definition ?? known.occurrences[0]
  // Both objects mean the same bytes of `license`, which are there once.
  const isCopy = added.placement?.contents === 'copy'
  if (!isCopy) requireOneDefinition(known, added)
  if (reference !== undefined) requireSameDeclaration(known.name, reference, added)
  known.occurrences.push(added)
  if (!isCopy) known.definition = winner(known.definition, added)
  if (known.binding === STB_WEAK) known.binding = binding
  known.visibility = Math.max(known.visibility, visibility)
}

function winner(known: Occurrence | undefined, added: Occurrence): Occurrence | undefined {
  if (added.placement === undefined) return known
  if (known === undefined) return added
  return known.symbol.binding === STB_WEAK && added.symbol.binding !== STB_WEAK ? added : known
}

function requireOneDefinition({ name, definition }: GlobalSymbol, added: Occurrence): void {
  if (definition === undefined || added.placement === undefined) return
  if (definition.symbol.binding === STB_WEAK || added.symbol.binding === STB_WEAK) return
  const first = definition.input.name
  const found =
    `is defined here in section ${added.placement.section.name}, and in ${first} in section ` +
    `${definition.placement?.section.name ?? ''}; make one of them static or __weak, or rename it`
  throw problem('LINK_DUPLICATE_SYMBOL', added.input, name, found, first)
}

function problem(
  code: LinkerErrorCode,
  input: InputObject,
  symbol: string,
  found: string,
  otherObject?: string,
): LinkerError {
  const message = `${input.name}: cannot link it: symbol ${symbol} ${found}`
  return new LinkerError(code, message, { object: input.name, otherObject, symbol })
}
