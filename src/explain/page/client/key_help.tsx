import type { JSX, RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { isTyping } from './typing.ts'

export interface KeyHelpDialog {
  readonly dialog: RefObject<HTMLDialogElement | null>
  readonly open: () => void
}

export function useKeyHelp(): KeyHelpDialog {
  const dialog = useRef<HTMLDialogElement>(null)
  const open = (): void => {
    if (dialog.current?.open === false) dialog.current.showModal()
  }
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '?' || isTyping(event)) return
      event.preventDefault()
      open()
    }
    addEventListener('keydown', onKey)
    return () => {
      removeEventListener('keydown', onKey)
    }
  }, [])
  return { dialog, open }
}

const keys: readonly (readonly [string, string])[] = [
  ['/', 'search in everything'],
  ['?', 'show these keys'],
  ['Tab', 'go to the next link, list or button'],
  ['↓ ↑', 'in a list: the next and the previous row, C lines included'],
  ['j k', 'in a listing: the next and the previous instruction'],
  ['Page Down, Page Up, Home, End', 'in a list: further'],
  ['Esc', 'close the results of a search, or this'],
]

export function KeyHelp({ help }: { readonly help: KeyHelpDialog }): JSX.Element {
  return (
    <dialog ref={help.dialog} aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <dl class="keys">
        {keys.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p>The address says what the page shows: copy it to point somebody at the same instruction.</p>
      <form method="dialog">
        <button>Close</button>
      </form>
    </dialog>
  )
}
