import { Fragment, type JSX } from 'preact'
import { useLayoutEffect, useState } from 'preact/hooks'
import { visible } from '../visible.ts'
import type { KeyHelpDialog } from './key_help.tsx'
import { SearchBox } from './search_box.tsx'
import { usePage } from './store.ts'
import { Badge, Code, plural } from './text.tsx'

export function Header({ help }: { readonly help: KeyHelpDialog }): JSX.Element {
  const { explanation } = usePage().model
  const { object, size, target, calls, failures } = explanation
  return (
    <header class="top">
      <div>
        <p class="kicker">rawbpf explain</p>
        <h1>
          <Path>{object}</Path>
        </h1>
      </div>
      <div class="tools">
        <SearchBox />
        <ThemeButton />
        <button type="button" onClick={help.open} aria-haspopup="dialog">
          Keys <kbd>?</kbd>
        </button>
      </div>
      <dl class="facts">
        <div>
          <dt>Size</dt>
          <dd>{plural(size, 'byte')}</dd>
        </div>
        <div>
          <dt>Target</dt>
          <dd>
            {target === undefined ? (
              'no kernel’s types were asked'
            ) : (
              <>
                <Code>{target.name}</Code>, {plural(target.typeCount, 'type')}
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>System calls</dt>
          <dd>{calls === 'issued' ? 'issued' : 'rehearsed: written down, not issued'}</dd>
        </div>
        <div>
          <dt>Outcome</dt>
          <dd>
            {failures.length === 0 ? (
              <Badge tone="good">no failure</Badge>
            ) : (
              <Badge tone="bad">{plural(failures.length, 'failure')}</Badge>
            )}
          </dd>
        </div>
      </dl>
    </header>
  )
}

/** A path, which may go on in another line behind a slash. */
function Path({ children }: { readonly children: string }): JSX.Element {
  const parts = visible(children).split(/(?<=\/)/)
  return (
    <code dir="ltr">
      {parts.map((part, index) => (
        <Fragment key={index}>
          {part}
          <wbr />
        </Fragment>
      ))}
    </code>
  )
}

const themes = ['system', 'light', 'dark'] as const
type Theme = (typeof themes)[number]

const STORED_AS = 'rawbpf-theme'

function ThemeButton(): JSX.Element {
  const [theme, setTheme] = useState<Theme>(storedTheme)
  useLayoutEffect(() => {
    document.documentElement.dataset['theme'] = theme
    storeTheme(theme)
  }, [theme])
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system'
  return (
    <button
      type="button"
      onClick={() => {
        setTheme(next)
      }}
      aria-label={`Colours: ${theme}. Change to ${next}`}
    >
      Colours: {theme}
    </button>
  )
}

/** Some browsers keep nothing for files. */
function storedTheme(): Theme {
  try {
    return themes.find((theme) => theme === localStorage.getItem(STORED_AS)) ?? 'system'
  } catch {
    return 'system'
  }
}

function storeTheme(theme: Theme): void {
  try {
    localStorage.setItem(STORED_AS, theme)
  } catch {
    // It holds for this view of the page.
  }
}
