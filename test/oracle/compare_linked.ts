import { typeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import {
  type BtfExtSection,
  decodeCoreRelo,
  decodeFuncInfo,
  decodeLineInfo,
  parseBtfExt,
} from '../../src/btf/btf_ext.ts'
import { SHT_NOBITS, SHT_PROGBITS } from '../../src/elf/constants.ts'
import type { ElfFile, ElfSymbol } from '../../src/elf/elf_file.ts'
import { sectionNamed } from '../../src/elf/lookup.ts'
import { compareTypes } from './compare.ts'
import { typeLabels, type TypeLabels } from './type_labels.ts'

/**
 * What differs between two objects, a sentence each. Neither the order of sections, symbols and types nor anybody's index
 * or id counts, but what they name.
 */
export function compareLinked(ours: ElfFile, theirs: ElfFile): readonly string[] {
  const [left, right] = [describe(ours), describe(theirs)]
  return [
    ...(Object.keys(left.lines) as (keyof Description['lines'])[]).flatMap((what) =>
      compareSets(what, left.lines[what], right.lines[what]),
    ),
    ...compareTypes(left.types, right.types),
  ]
}

interface Description {
  readonly lines: {
    readonly section: readonly string[]
    readonly symbol: readonly string[]
    readonly relocation: readonly string[]
    readonly func_info: readonly string[]
    readonly line_info: readonly string[]
    readonly core_relo: readonly string[]
  }
  readonly types: TypeLabels | undefined
}

function describe(elf: ElfFile): Description {
  const btfSection = sectionNamed(elf, '.BTF')
  const btf = btfSection === undefined ? undefined : Btf.parse(btfSection.data, { name: elf.name })
  const labels = btf === undefined ? undefined : typeLabels(btf)
  return {
    lines: {
      section: sections(elf),
      symbol: elf.symbols.slice(1).map((symbol) => symbolText(elf, symbol)),
      relocation: relocations(elf),
      ...records(elf, btf, labels),
    },
    types: btf === undefined || labels === undefined ? undefined : withoutLeftOvers(btf, labels),
  }
}

function sections(elf: ElfFile): readonly string[] {
  return elf.sections
    .filter(({ name, type }) => (type === SHT_PROGBITS || type === SHT_NOBITS) && !name.startsWith('.BTF'))
    .map(({ name, type, flags, size, alignment, entrySize, data }) => {
      const bytes = Buffer.from(data).toString('hex')
      return `${name}: type ${type}, flags ${flags}, size ${size}, alignment ${alignment}, entries ${entrySize}: ${bytes}`
    })
}

function symbolText(
  elf: ElfFile,
  { name, type, binding, visibility, definedIn, value, size }: ElfSymbol,
): string {
  const place = definedIn.kind === 'section' ? elf.sections[definedIn.section]?.name : definedIn.kind
  return `${name}: type ${type}, binding ${binding}, visibility ${visibility}, in ${place ?? '?'} at ${value}, ${size} bytes`
}

function relocations(elf: ElfFile): readonly string[] {
  return elf.relocations.flatMap(({ target, entries }) =>
    entries.map(({ offset, type, symbol }) => {
      const against = elf.symbols[symbol]
      const text = against === undefined ? 'none' : symbolText(elf, against)
      return `${elf.sections[target]?.name ?? '?'} at ${offset}: type ${type} against ${text}`
    }),
  )
}

function records(
  elf: ElfFile,
  btf: Btf | undefined,
  labels: TypeLabels | undefined,
): Pick<Description['lines'], 'func_info' | 'line_info' | 'core_relo'> {
  const section = sectionNamed(elf, '.BTF.ext')
  if (section === undefined || btf === undefined || labels === undefined) {
    return { func_info: [], line_info: [], core_relo: [] }
  }
  const ext = parseBtfExt(section.data, { btf, name: elf.name })
  const type = (id: number): string => `${labels.texts[id] ?? '?'} ${labels.labels[id] ?? '?'}`
  const texts = (
    parts: readonly BtfExtSection[],
    text: (part: BtfExtSection, index: number) => string,
  ): readonly string[] =>
    parts.flatMap((part) =>
      Array.from({ length: part.count }, (_, index) => `${part.sectionName} at ${text(part, index)}`),
    )
  return {
    func_info: texts(ext.funcInfo, (part, index) => {
      const { insnOffset, typeId: id } = decodeFuncInfo(ext, part, index)
      return `${insnOffset}: ${type(id)}`
    }),
    line_info: texts(ext.lineInfo, (part, index) => {
      const { insnOffset, fileName, line, lineNumber, column } = decodeLineInfo(ext, part, index)
      return `${insnOffset}: ${fileName}:${lineNumber}:${column} ${line}`
    }),
    core_relo: texts(ext.coreRelos, (part, index) => {
      const { insnOffset, typeId: id, accessString, kind } = decodeCoreRelo(ext, part, index)
      return `${insnOffset}: ${kind} ${accessString} of ${type(id)}`
    }),
  }
}

/** bpftool keeps the FUNC_PROTO of an extern function, to which nothing refers once the function is found; rawbpf drops it. */
function withoutLeftOvers(btf: Btf, { labels, texts }: TypeLabels): TypeLabels {
  const used = new Set<number>()
  for (let id = 1; id <= btf.typeCount; id++) {
    const type = btf.type(typeId(id))
    if ('target' in type) used.add(type.target)
    if (type.kind === 'func') used.add(type.proto)
  }
  const isKept = (_: string, id: number): boolean =>
    id === 0 || btf.kind(typeId(id)) !== 'func_proto' || used.has(id)
  return { labels: labels.filter(isKept), texts: texts.filter(isKept) }
}

const MAX_SHOWN = 6

function compareSets(what: string, ours: readonly string[], theirs: readonly string[]): readonly string[] {
  const lines = [
    ...without(ours, theirs).map((text) => `${what}: only rawbpf has ${text}`),
    ...without(theirs, ours).map((text) => `${what}: only bpftool has ${text}`),
  ]
  return lines.length <= MAX_SHOWN
    ? lines
    : [...lines.slice(0, MAX_SHOWN), `... and ${lines.length - MAX_SHOWN} more`]
}

/** What `texts` has and `others` has not, or not as often. */
function without(texts: readonly string[], others: readonly string[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const text of others) counts.set(text, (counts.get(text) ?? 0) + 1)
  return texts.filter((text) => {
    const count = counts.get(text) ?? 0
    counts.set(text, count - 1)
    return count <= 0
  })
}
