import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { search, type SearchEntry, searchIndex } from '../search.ts'
import { visible } from '../visible.ts'
import type { PageModel } from '../page_model.ts'
import { usePage } from './store.ts'
import { plural } from './text.tsx'
import { isTyping } from './typing.ts'

const indices = new WeakMap<PageModel, readonly SearchEntry[]>()

/** Made when somebody searches: it takes as long as everything else together. */
function indexOf(model: PageModel): readonly SearchEntry[] {
  const known = indices.get(model) ?? searchIndex(model)
  indices.set(model, known)
  return known
}

interface Search {
  readonly query: string
  readonly entries: readonly SearchEntry[]
  readonly total: number
  /** Which of the entries Enter goes to. */
  readonly active: number
  readonly isShown: boolean
  readonly onQuery: (query: string) => void
  readonly onKeyDown: (event: KeyboardEvent) => void
  readonly go: (entry: SearchEntry | undefined) => void
  readonly close: () => void
}

function useSearch(): Search {
  const { model, show } = usePage()
  const [query, setQuery] = useState('')
  const [active, setActive] = useState(0)
  const [isOpen, setOpen] = useState(false)
  const { entries, total } = useMemo(
    () => (query.trim() === '' ? { entries: [], total: 0 } : search(indexOf(model), query)),
    [model, query],
  )
  const activate = (index: number): void => {
    setOpen(true)
    setActive(Math.max(0, Math.min(entries.length - 1, index)))
  }
  const close = (): void => {
    setOpen(false)
  }
  const go = (entry: SearchEntry | undefined): void => {
    if (entry === undefined) return
    close()
    show(entry.view, 'step')
    requestAnimationFrame(() => document.querySelector('.workbench')?.scrollIntoView({ block: 'nearest' }))
  }
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => {
      activate(active + 1)
    },
    ArrowUp: () => {
      activate(active - 1)
    },
    Enter: () => {
      go(entries[active])
    },
    Escape: close,
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const act = keys[event.key]
    if (act === undefined) return
    event.preventDefault()
    act()
  }
  const onQuery = (words: string): void => {
    setQuery(words)
    setActive(0)
    setOpen(true)
  }
  return {
    query,
    entries,
    total,
    active,
    isShown: isOpen && query.trim() !== '',
    onQuery,
    onKeyDown,
    go,
    close,
  }
}

/** A field with the results below it: a combobox as WAI-ARIA describes it. */
export function SearchBox(): JSX.Element {
  const { query, entries, total, active, isShown, onQuery, onKeyDown, go, close } = useSearch()
  const input = useRef<HTMLInputElement>(null)
  useSlash(() => input.current?.select())
  useEffect(() => {
    document.getElementById(`result-${active}`)?.scrollIntoView({ block: 'nearest' })
  }, [active, entries])
  const count = isShown ? countText(entries.length, total) : ''
  return (
    <search class="search">
      <label for="search">
        Search <kbd>/</kbd>
      </label>
      <input
        id="search"
        ref={input}
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        placeholder="instruction, C line, name, member, call"
        aria-expanded={isShown}
        aria-controls="results"
        aria-autocomplete="list"
        aria-activedescendant={isShown && entries.length > 0 ? `result-${active}` : undefined}
        value={query}
        onInput={(event) => {
          onQuery(event.currentTarget.value)
        }}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      <div class="popup" hidden={!isShown}>
        <p aria-hidden="true">{count}</p>
        <Results entries={isShown ? entries : []} active={active} onPick={go} />
      </div>
      <p class="unseen" role="status">
        {count}
      </p>
    </search>
  )
}

function countText(shown: number, total: number): string {
  if (total === 0) return 'Nothing has all of these words.'
  return total > shown ? `The best ${shown} of ${total.toLocaleString('en')}` : plural(total, 'result')
}

function Results({
  entries,
  active,
  onPick,
}: {
  readonly entries: readonly SearchEntry[]
  readonly active: number
  readonly onPick: (entry: SearchEntry) => void
}): JSX.Element {
  return (
    <div id="results" role="listbox" aria-label="Results" hidden={entries.length === 0}>
      {entries.map((entry, index) => (
        <div
          key={index}
          id={`result-${index}`}
          class="result"
          role="option"
          aria-selected={index === active}
          onPointerDown={(event) => {
            // Before the field loses the focus, which closes the list.
            event.preventDefault()
            onPick(entry)
          }}
        >
          <span class="kind">{entry.kind}</span>
          <code dir="ltr">{visible(entry.title)}</code>
          <span class="detail">{visible(entry.detail)}</span>
        </div>
      ))}
    </div>
  )
}

function useSlash(act: () => void): void {
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '/' || isTyping(event)) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', onKey)
    return () => {
      removeEventListener('keydown', onKey)
    }
  }, [])
}
