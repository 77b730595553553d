import type { JSX } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { chapters } from '../../teaching.ts'
import type { PageModel } from '../page_model.ts'
import { Chapter } from './chapter.tsx'
import { Failures } from './failures.tsx'
import { Header } from './header.tsx'
import { KeyHelp, useKeyHelp } from './key_help.tsx'
import { Navigation } from './navigation.tsx'
import { PageProvider, useView } from './store.ts'

/** The whole page: what it is about, what failed, the chapters, and one of them. */
export function App({ model }: { readonly model: PageModel }): JSX.Element {
  const { view, show } = useView()
  const page = useMemo(() => ({ model, view, show }), [model, view])
  const help = useKeyHelp()
  const isFirst = useRef(true)
  const { chapter, item } = view
  const isAtWork = [view.insn, view.access, view.step].some((part) => part !== undefined)
  useEffect(() => {
    const title = chapters.find(({ name }) => name === chapter)?.title ?? ''
    document.title = `${title}: ${model.explanation.object}`
    // Whoever went to another chapter reads on from its title, with eyes or ears.
    if (!isFirst.current) document.getElementById('chapter-title')?.focus({ preventScroll: true })
    if (isAtWork) document.querySelector('.workbench')?.scrollIntoView({ block: 'start' })
    else if (!isFirst.current && item === undefined) document.getElementById('chapter')?.scrollIntoView()
    isFirst.current = false
  }, [chapter, model])
  useEffect(() => {
    if (item !== undefined) document.querySelector('.picked')?.scrollIntoView({ block: 'center' })
  }, [chapter, item])
  return (
    <PageProvider value={page}>
      <a class="skip" href="#chapter" onClick={skipToChapter}>
        Skip to the chapter
      </a>
      <Header help={help} />
      <Failures />
      <div class="columns">
        <Navigation />
        <main id="chapter" data-chapter={chapter}>
          <Chapter />
        </main>
      </div>
      <KeyHelp help={help} />
    </PageProvider>
  )
}

/** The address stays what it is: it says what is shown. */
function skipToChapter(event: Event): void {
  event.preventDefault()
  document.getElementById('chapter-title')?.focus()
}
