import { createContext } from 'preact'
import { useContext, useLayoutEffect, useState } from 'preact/hooks'
import type { PageModel } from '../page_model.ts'
import { formatView, parseView, type View } from '../view.ts'

/** What every part of the page can ask for. */
export interface Page {
  readonly model: PageModel
  readonly view: View
  /** Shows a view. `step` makes it a place that the browser's back key returns to, `move` does not. */
  readonly show: (view: View, how: 'step' | 'move') => void
}

const PageContext = createContext<Page | undefined>(undefined)

export const PageProvider = PageContext.Provider

export function usePage(): Page {
  const page = useContext(PageContext)
  if (page === undefined) throw new Error('a part of the page is outside of the page')
  return page
}

/** Browsers refuse addresses that change too often, as they do while a key is held. */
const ADDRESS_DELAY_MS = 150

/** The view that the address names, and a function that changes both. */
export function useView(): Pick<Page, 'view' | 'show'> {
  const [view, setView] = useState(() => parseView(location.hash))
  useLayoutEffect(() => {
    const follow = (): void => {
      clearTimeout(pendingAddress)
      setView(parseView(location.hash))
    }
    addEventListener('popstate', follow)
    return () => {
      removeEventListener('popstate', follow)
    }
  }, [])
  return {
    view,
    show: (next, how) => {
      showView(next, how, setView)
    },
  }
}

let pendingAddress: ReturnType<typeof setTimeout> | undefined

function showView(view: View, how: 'step' | 'move', setView: (view: View) => void): void {
  clearTimeout(pendingAddress)
  setView(view)
  if (how === 'step') {
    history.pushState(null, '', formatView(view))
    return
  }
  pendingAddress = setTimeout(() => {
    history.replaceState(null, '', formatView(view))
  }, ADDRESS_DELAY_MS)
}
