import type { ChapterName } from '../../explanation.ts'
import type { View } from '../view.ts'

/** A chapter, with the program that is being looked at where it is about one. */
export function chapterView(chapter: ChapterName, { program }: View): View {
  const isOfProgram = chapter === 'relocations' || chapter === 'verifier'
  return isOfProgram && program !== undefined ? { chapter, program } : { chapter }
}
