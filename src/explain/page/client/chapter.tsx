import type { JSX } from 'preact'
import type { ChapterName } from '../../explanation.ts'
import { chapters } from '../../teaching.ts'
import { AttachContent } from './attach.tsx'
import { chapterView } from './chapter_view.ts'
import { CoreContent } from './core.tsx'
import { FileContent } from './file.tsx'
import { MapsContent } from './maps.tsx'
import { ProgramsContent } from './programs.tsx'
import { RelocationsContent } from './relocations.tsx'
import { usePage } from './store.ts'
import { SyscallsContent } from './syscalls.tsx'
import { To } from './text.tsx'
import { VerifierContent } from './verifier.tsx'

const contents: Readonly<Record<ChapterName, () => JSX.Element>> = {
  file: FileContent,
  maps: MapsContent,
  programs: ProgramsContent,
  relocations: RelocationsContent,
  core: CoreContent,
  syscalls: SyscallsContent,
  verifier: VerifierContent,
  attach: AttachContent,
}

export function Chapter(): JSX.Element | null {
  const { view } = usePage()
  const index = chapters.findIndex(({ name }) => name === view.chapter)
  const [previous, chapter, next] = [chapters[index - 1], chapters[index], chapters[index + 1]]
  if (chapter === undefined) return null
  const Content = contents[view.chapter]
  return (
    <article aria-labelledby="chapter-title">
      <p class="kicker">
        Chapter {index + 1} of {chapters.length}
      </p>
      <h2 id="chapter-title" tabIndex={-1}>
        {chapter.title}
      </h2>
      <p class="teaching">{chapter.text}</p>
      <p class="reading">
        The kernel’s document:{' '}
        <a href={chapter.document.url} rel="noreferrer">
          {chapter.document.title}
        </a>
        . Our source: <code>{chapter.source}</code>
      </p>
      <Content key={view.chapter} />
      <nav class="turn" aria-label="Neighbouring chapters">
        {previous !== undefined && <To view={chapterView(previous.name, view)}>← {previous.title}</To>}
        {next !== undefined && <To view={chapterView(next.name, view)}>{next.title} →</To>}
      </nav>
    </article>
  )
}
