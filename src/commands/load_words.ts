/** What may follow the path of `prog load` and `prog loadall`, in bpftool's words (bpftool-prog(8), version 7.8). */
export interface LoadWords {
  /** A directory for the maps' pins. */
  readonly pinMaps: string | undefined
  /** Whether programs are attached, and their links pinned in place of them. */
  readonly pinned: 'programs' | 'links'
  /** A file with the types that CO-RE relocations are resolved against. */
  readonly kernelBtf: string | undefined
}

export type ParsedLoadWords =
  { readonly kind: 'parsed'; readonly words: LoadWords } | { readonly kind: 'wrong'; readonly why: string }

const EXPECTED = 'expected pinmaps DIR, autoattach or kernel_btf FILE'

/** Reads words such as `pinmaps DIR autoattach`, in any order. Pure. */
export function parseLoadWords(args: readonly string[]): ParsedLoadWords {
  let words: LoadWords = { pinMaps: undefined, pinned: 'programs', kernelBtf: undefined }
  for (let index = 0; index < args.length; index++) {
    const word = args[index]
    const value = args[index + 1]
    if (word === 'autoattach') {
      words = { ...words, pinned: 'links' }
      continue
    }
    if (word !== 'pinmaps' && word !== 'kernel_btf') {
      return { kind: 'wrong', why: `unknown word '${word ?? ''}': ${EXPECTED}` }
    }
    if (value === undefined) return { kind: 'wrong', why: `${word} needs a path behind it: ${EXPECTED}` }
    words = word === 'pinmaps' ? { ...words, pinMaps: value } : { ...words, kernelBtf: value }
    index++
  }
  return { kind: 'parsed', words }
}
