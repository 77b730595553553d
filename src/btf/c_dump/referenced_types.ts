import { TYPE_WORDS, VLEN_MASK } from '../format.ts'
import type { TypeTable } from '../type_table.ts'
import { typePlaces } from '../type_words.ts'

/** By id: 1 for types that another one refers to, 0 for the others. Ids that there are not are passed over. */
export function referencedTypes({ words, starts, kinds, end }: TypeTable): Uint8Array {
  const { third, fixed, element, elementWords } = typePlaces()
  const referenced = new Uint8Array(end)
  for (let id = 1; id < end; id++) {
    const start = starts[id] ?? 0
    const kind = kinds[id] ?? 0
    if (third[kind] === 1) referenced[words[start + 2] ?? 0] = 1
    if (fixed[kind] === 1) referenced[words[start + TYPE_WORDS] ?? 0] = 1
    const place = element[kind] ?? 0
    if (place === 0) continue
    const step = elementWords[kind] ?? 0
    let at = start + TYPE_WORDS + place
    for (let left = (words[start + 1] ?? 0) & VLEN_MASK; left > 0; left--, at += step) {
      referenced[words[at] ?? 0] = 1
    }
  }
  return referenced
}
