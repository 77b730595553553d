import type { ComponentChildren, JSX, RefObject } from 'preact'
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'

interface ListProps<Item> {
  readonly label: string
  readonly items: readonly Item[]
  /** The height of an item in lines of text: all have to be of known height, as most are not there. */
  readonly linesOf: (item: Item) => number
  readonly render: (item: Item) => ComponentChildren
  /** Items that j and k go to; arrows go to all. */
  readonly isStop?: (item: Item) => boolean
  readonly selected: number | undefined
  /** Classes of items that are lit up, by position. */
  readonly lit?: ReadonlyMap<number, string>
  readonly onSelect: (index: number, how: 'step' | 'move') => void
}

const CHUNK = 64
/** Fewer items are all there, so that the browser's own search finds them. */
const WHOLE = 1024

/**
 * A list of which one item can be selected, of any length: it is cut into chunks, and those out of sight are empty boxes of
 * the right height. The list has the focus, and says by aria-activedescendant which item is meant.
 */
export function WindowedList<Item>(props: ListProps<Item>): JSX.Element {
  const { items, selected, label, lit, onSelect } = props
  const list = useRef<HTMLDivElement>(null)
  const id = useId()
  const chunks = useMemo(() => chunksOf(items), [items])
  const inSight = useChunksInSight(list, chunks.length, items.length > WHOLE)
  useLayoutEffect(() => {
    const option = selected === undefined ? null : document.getElementById(`${id}-${selected}`)
    if (list.current !== null && option !== null) reveal(list.current, option)
  }, [id, selected, items])
  return (
    <div
      class="list"
      ref={list}
      role="listbox"
      aria-label={label}
      aria-activedescendant={selected === undefined ? undefined : `${id}-${selected}`}
      tabIndex={0}
      onKeyDown={(event) => {
        const next = nextIndex(event, props)
        if (next === undefined) return
        event.preventDefault()
        onSelect(next, 'move')
      }}
      onClick={(event) => {
        const index = indexOf(event.target)
        if (index !== undefined) onSelect(index, 'step')
      }}
    >
      {chunks.map((chunk, number) => {
        const isSelected = selected !== undefined && Math.floor(selected / CHUNK) === number
        return (
          <Chunk
            key={number}
            list={id}
            items={chunk}
            first={number * CHUNK}
            count={items.length}
            linesOf={props.linesOf}
            render={props.render}
            isThere={inSight === 'all' || inSight.has(number) || isSelected}
            selected={isSelected ? selected : undefined}
            lit={lit}
          />
        )
      })}
    </div>
  )
}

interface ChunkProps<Item> extends Pick<ListProps<Item>, 'items' | 'linesOf' | 'render' | 'selected'> {
  readonly list: string
  readonly first: number
  readonly count: number
  readonly isThere: boolean
  readonly lit: ReadonlyMap<number, string> | undefined
}

function Chunk<Item>({ list, items, first, count, isThere, ...rest }: ChunkProps<Item>): JSX.Element {
  const { linesOf, render, selected, lit } = rest
  const classes = items.map((_, offset) => lit?.get(first + offset) ?? '').join()
  // One chunk of a long list changes at a time: the others keep what they had.
  return useMemo(() => {
    const lines = items.reduce((sum, item) => sum + linesOf(item), 0)
    if (!isThere) return <div class="chunk" data-chunk={first / CHUNK} style={{ '--lines': String(lines) }} />
    const lights = classes.split(',')
    return (
      <div class="chunk" data-chunk={first / CHUNK} style={{ '--lines': String(lines) }}>
        {items.map((item, offset) => (
          <div
            key={offset}
            id={`${list}-${first + offset}`}
            class={`option ${lights[offset] ?? ''}`}
            role="option"
            aria-selected={selected === first + offset}
            aria-posinset={first + offset + 1}
            aria-setsize={count}
            data-index={first + offset}
          >
            {render(item)}
          </div>
        ))}
      </div>
    )
  }, [list, items, first, count, isThere, linesOf, render, selected, classes])
}

function chunksOf<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / CHUNK) }, (_, chunk) =>
    items.slice(chunk * CHUNK, (chunk + 1) * CHUNK),
  )
}

/** The chunks that are in sight or nearly, as the user scrolls; all of them for paper. */
function useChunksInSight(
  list: RefObject<HTMLDivElement | null>,
  count: number,
  isLong: boolean,
): ReadonlySet<number> | 'all' {
  const [inSight, setInSight] = useState<ReadonlySet<number>>(new Set([0]))
  const [prints, setPrints] = useState(false)
  useEffect(() => {
    const [before, after] = [
      (): void => {
        setPrints(true)
      },
      (): void => {
        setPrints(false)
      },
    ]
    addEventListener('beforeprint', before)
    addEventListener('afterprint', after)
    return () => {
      removeEventListener('beforeprint', before)
      removeEventListener('afterprint', after)
    }
  }, [])
  useEffect(() => {
    const root = list.current
    if (!isLong || root === null) return
    const observer = new IntersectionObserver(
      (entries) => {
        setInSight((known) => {
          const next = new Set(known)
          for (const { target, isIntersecting } of entries) {
            const chunk = target instanceof HTMLElement ? Number(target.dataset['chunk']) : 0
            if (isIntersecting) next.add(chunk)
            else next.delete(chunk)
          }
          return next
        })
      },
      { root, rootMargin: '400px 0px' },
    )
    for (const chunk of root.children) observer.observe(chunk)
    return () => {
      observer.disconnect()
    }
  }, [list, count, isLong])
  return !isLong || prints ? 'all' : inSight
}

/** Scrolls the list, and nothing else, so that an item is in it; to its middle if that was far away. */
function reveal(list: HTMLElement, option: HTMLElement): void {
  const [box, item] = [list.getBoundingClientRect(), option.getBoundingClientRect()]
  const [above, below] = [
    box.top + list.clientTop - item.top,
    item.bottom - (box.top + list.clientTop + list.clientHeight),
  ]
  if (above <= 0 && below <= 0) return
  const isNear = Math.max(above, below) < item.height * 4
  const middle = item.top - box.top - (list.clientHeight - item.height) / 2
  list.scrollTop += isNear ? (above > 0 ? -above : below) : middle
}

function indexOf(target: EventTarget | null): number | undefined {
  const option = target instanceof Element ? target.closest('[data-index]') : null
  return option instanceof HTMLElement ? Number(option.dataset['index']) : undefined
}

const PAGE = 20

function nextIndex<Item>(
  event: KeyboardEvent,
  { items, selected, isStop }: ListProps<Item>,
): number | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || items.length === 0) return undefined
  const at = selected ?? -1
  const last = items.length - 1
  const within = (index: number): number => Math.min(last, Math.max(0, index))
  const stop = (by: 1 | -1): number => {
    for (let index = at + by; index >= 0 && index <= last; index += by) {
      const item = items[index]
      if (item !== undefined && (isStop?.(item) ?? true)) return index
    }
    return within(at)
  }
  const moves: Readonly<Record<string, () => number>> = {
    ArrowDown: () => within(at + 1),
    ArrowUp: () => within(at - 1),
    j: () => stop(1),
    k: () => stop(-1),
    PageDown: () => within(at + PAGE),
    PageUp: () => within(at - PAGE),
    Home: () => 0,
    End: () => last,
  }
  return moves[event.key]?.()
}
