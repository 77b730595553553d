import { bpf_map_type } from '../abi/generated/bpf.ts'
import { byteOffset } from '../base/units.ts'
import { STT_NOTYPE, STT_OBJECT } from '../elf/constants.ts'
import type { ElfFile, ElfSection, ElfSymbol } from '../elf/elf_file.ts'
import { symbolsIn } from '../elf/lookup.ts'
import { type MapOrigin, MapSpec } from './map_spec.ts'

/**
 * Map definitions from before BTF: section `maps` (or `maps/...`) holds one struct for each map, and a symbol gives its
 * place and the map's name. All structs start alike: type, key size, value size, number of entries, and flags, each of 32
 * bits (`struct bpf_map_def` of old libbpf's bpf_helpers.h; the first ones had no flags). Longer ones go on as their
 * programs' loaders liked; iproute2's `struct bpf_elf_map` (include/bpf_elf.h) is one of 36 bytes. The structs of one
 * section have one size, which is what the section's bytes leave for each symbol.
 *
 * libbpf 1.0 and later refuse such sections; cilium/ebpf reads them, and refuses fields that it does not know unless they
 * are zero. So does this: other values are the map's `problem`, and so is a section that does not hold structs of one size
 * at the symbols' places.
 */
export function readLegacyMaps(elf: ElfFile): readonly MapSpec[] {
  return elf.sections
    .filter(({ name, size }) => (name === 'maps' || name.startsWith('maps/')) && size > 0)
    .flatMap((section) => readSection(elf, section))
}

/** Bytes of the fields that all structs have but `flags`. */
const MIN_SIZE = 16

/** The fields behind `flags` of iproute2's struct; the second one, after an id for iproute2's own use, is the pinning. */
const IPROUTE2_SIZE = 36
const iproute2Fields = ['pinning', 'inner_id'] as const

function readSection(elf: ElfFile, section: ElfSection): readonly MapSpec[] {
  const symbols = symbolsIn(elf, section.index).filter(
    ({ type, name }) => name !== '' && (type === STT_OBJECT || type === STT_NOTYPE),
  )
  const size = section.data.length / symbols.length
  if (Number.isInteger(size) && size % 4 === 0 && size >= MIN_SIZE) {
    return symbols.map((symbol) => readMap(elf, section, symbol, size))
  }
  const found =
    `the ${section.data.length} bytes of section ${section.name} are no definitions of one size for the ` +
    `${symbols.length} maps that symbols name`
  return symbols.map((symbol) => badMap(section, symbol, found))
}

function readMap(elf: ElfFile, section: ElfSection, symbol: ElfSymbol, size: number): MapSpec {
  const start = Number(symbol.value)
  if (start % size !== 0 || start + size > section.data.length) {
    return badMap(
      section,
      symbol,
      `its symbol is at byte ${start} of section ${section.name}, where no definition of ${size} bytes starts`,
    )
  }
  const [type = 0, keySize = 0, valueSize = 0, maxEntries = 0, flags = 0, ...rest] = wordsAt(
    elf,
    section,
    start,
    size,
  )
  if (type === 0) return badMap(section, symbol, 'its definition has type 0, which no map has')
  return new MapSpec({
    name: symbol.name,
    type,
    keySize,
    valueSize,
    maxEntries,
    flags,
    problem: problemOf(size, rest),
    origin: originOf(section, symbol),
  })
}

function badMap(section: ElfSection, symbol: ElfSymbol, found: string): MapSpec {
  return new MapSpec({
    name: symbol.name,
    type: bpf_map_type.BPF_MAP_TYPE_UNSPEC,
    problem: `${found}; define it in .maps, with BTF`,
    origin: originOf(section, symbol),
  })
}

function originOf({ index }: ElfSection, { value }: ElfSymbol): MapOrigin {
  return { kind: 'definition', section: index, offset: byteOffset(Number(value)) }
}

function wordsAt(elf: ElfFile, { data }: ElfSection, start: number, size: number): readonly number[] {
  const view = new DataView(data.buffer, data.byteOffset + start, size)
  return Array.from({ length: size / 4 }, (_, index) =>
    view.getUint32(index * 4, elf.endianness === 'little'),
  )
}

function problemOf(size: number, rest: readonly number[]): string | undefined {
  if (size === IPROUTE2_SIZE) {
    const values = rest.slice(1)
    const used = iproute2Fields.filter((_, index) => values[index] !== 0)
    return used.length === 0
      ? undefined
      : `its definition for iproute2 sets ${used.join(' and ')}; define it in .maps`
  }
  const index = rest.findIndex((value) => value !== 0)
  if (index === -1) return undefined
  return `its definition has ${rest[index]} at byte ${20 + index * 4}, behind the fields that are known; define it in .maps`
}
