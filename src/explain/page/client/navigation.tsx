import type { JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { chapters } from '../../teaching.ts'
import { chapterView } from './chapter_view.ts'
import { usePage } from './store.ts'
import { formatView } from '../view.ts'

export function Navigation(): JSX.Element {
  const { model, view } = usePage()
  const nav = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    // On a narrow screen the chapters are in one line, which scrolls.
    const current = nav.current?.querySelector('[aria-current]')
    if (nav.current === null || !(current instanceof HTMLElement)) return
    nav.current.scrollLeft = current.offsetLeft - (nav.current.clientWidth - current.offsetWidth) / 2
  }, [view.chapter])
  return (
    <nav class="chapters" aria-label="Chapters" ref={nav}>
      <ol>
        {chapters.map(({ name, title }, index) => (
          <li key={name}>
            <a
              href={formatView(chapterView(name, view))}
              aria-current={name === view.chapter ? 'page' : undefined}
            >
              <span class="number">{index + 1}</span>
              <span class="title">{title}</span>
              {model.failing.has(name) && <span class="failing">failed</span>}
            </a>
          </li>
        ))}
      </ol>
    </nav>
  )
}
