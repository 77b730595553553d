/** What may follow the file of `btf dump file`, in bpftool's words (bpftool-btf(8), version 7.8). */
export interface DumpWords {
  /** A C header; a line for each type and each of its members; the same as JSON. Undefined where nothing says it. */
  readonly format: DumpFormat | undefined
  /** The ids of the types that are wanted; none where all are. */
  readonly rootIds: readonly number[]
}

export type DumpFormat = 'c' | 'raw' | 'json'

export type ParsedDumpWords =
  { readonly kind: 'parsed'; readonly words: DumpWords } | { readonly kind: 'wrong'; readonly why: string }

const EXPECTED = 'expected format c, format raw, format json or root_id ID'

/** Reads words such as `format c`, in any order. Pure. */
export function parseDumpWords(args: readonly string[]): ParsedDumpWords {
  let words: DumpWords = { format: undefined, rootIds: [] }
  const left = [...args]
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word !== 'format' && word !== 'root_id') return wrong(`unknown word '${word}'`)
    const value = left.shift()
    if (value === undefined) return wrong(`${word} needs a word behind it`)
    if (word === 'format') {
      if (!isFormat(value)) return wrong(`unknown format '${value}'`)
      words = { ...words, format: value }
      // Types come in the order of their ids here, as far as C lets them.
      if (value === 'c' && left[0] === 'unsorted') left.shift()
      continue
    }
    const id = parseId(value)
    if (id === undefined) return wrong(`root_id takes the id of a type, not '${value}'`)
    words = { ...words, rootIds: [...words.rootIds, id] }
  }
  return { kind: 'parsed', words }
}

function isFormat(word: string): word is DumpFormat {
  return word === 'c' || word === 'raw' || word === 'json'
}

function parseId(text: string): number | undefined {
  const id = /^\d+$/.test(text) ? Number(text) : 0
  return id > 0 && id <= 0xffff_ffff ? id : undefined
}

function wrong(why: string): ParsedDumpWords {
  return { kind: 'wrong', why: `${why}: ${EXPECTED}` }
}
