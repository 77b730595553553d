import type { ComponentChildren, JSX } from 'preact'
import { visible } from '../visible.ts'
import { formatView, type View } from '../view.ts'

/** A name or a line of code from the object, in the font of code; nothing in it is unseen or turns its surroundings round. */
export function Code({ children }: { readonly children: string }): JSX.Element {
  return <code dir="ltr">{visible(children)}</code>
}

/** A link to a view of this page. */
export function To({
  view,
  children,
  label,
}: {
  readonly view: View
  readonly children: ComponentChildren
  readonly label?: string
}): JSX.Element {
  return (
    <a href={formatView(view)} aria-label={label}>
      {children}
    </a>
  )
}

export type Tone = 'good' | 'bad' | 'changed' | 'plain'

/** A word that says how something is. */
export function Badge({
  tone,
  children,
}: {
  readonly tone: Tone
  readonly children: ComponentChildren
}): JSX.Element {
  return <span class={`badge ${tone}`}>{children}</span>
}

/** What stands where a chapter has nothing to show. */
export function Nothing({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <p class="nothing">{children}</p>
}

/** A region that scrolls sideways by itself, also by keyboard, so that the page never has to. */
export function Scroller({
  label,
  children,
}: {
  readonly label: string
  readonly children: ComponentChildren
}): JSX.Element {
  return (
    <div class="scroller" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  )
}

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`
