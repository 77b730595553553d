/** Sub-sections of a `.BTF.ext`: record size, then for each ELF section its name's offset and its records' words. */
export interface ExtPart {
  readonly recordSize: number
  readonly sections: readonly {
    readonly name: number
    readonly count?: number
    readonly words: readonly number[]
  }[]
}

/** Writes little-endian `.BTF.ext`, of parts in the order func_info, line_info, core_relo; two parts leave CO-RE out. */
export function extBytes(parts: readonly ExtPart[], options: { headerSize?: number } = {}): Uint8Array {
  const bodies = parts.map(({ recordSize, sections }) => [
    recordSize,
    ...sections.flatMap(({ name, count, words }) => [
      name,
      count ?? (words.length * 4) / recordSize,
      ...words,
    ]),
  ])
  const headerSize = options.headerSize ?? 8 + parts.length * 8
  const header = [0x0001eb9f, headerSize]
  let offset = 0
  for (const body of bodies) {
    header.push(offset, body.length * 4)
    offset += body.length * 4
  }
  while (header.length * 4 < headerSize) header.push(0)
  return new Uint8Array(Uint32Array.from([...header, ...bodies.flat()]).buffer)
}
