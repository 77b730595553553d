import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { TypeMemberReport, TypeReport } from '../../explanation.ts'
import { visible } from '../visible.ts'
import { offsetText } from './core_words.ts'
import { TableHead } from './table.tsx'

/** Members shown around those that are marked. */
const AROUND = 3
/** Shorter types are shown whole. */
const WHOLE = 16

interface Fold {
  readonly from: number
  readonly to: number
  readonly isOpen: boolean
}

/**
 * A struct, union or enum with the members of an access marked. Of a long one, as `struct task_struct` is, the members around
 * them are shown, and the others are behind a button.
 */
export function StructView({
  type,
  marked,
  pointed,
}: {
  readonly type: TypeReport
  readonly marked: readonly number[]
  readonly pointed: number | undefined
}): JSX.Element {
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set())
  const box = useRef<HTMLDivElement>(null)
  const shown = pointed === undefined ? marked : [...marked, pointed]
  useEffect(() => {
    const [list, row] = [box.current, box.current?.querySelector('.pointed, .marked')]
    if (list === null || !(row instanceof HTMLElement)) return
    list.scrollTop +=
      row.getBoundingClientRect().top - list.getBoundingClientRect().top - list.clientHeight / 2
  }, [type, marked, pointed])
  return (
    <div
      class="members"
      ref={box}
      role="region"
      tabIndex={0}
      aria-label={`Members of ${visible(type.name)} in ${visible(type.btf)}`}
    >
      <table>
        <TableHead columns={['#Byte', 'Member']} />
        <tbody>
          {foldsOf(type.members.length, shown).map((fold) =>
            fold.isOpen || opened.has(fold.from) ? (
              type.members
                .slice(fold.from, fold.to)
                .map((member, offset) => memberRow(member, fold.from + offset, marked, pointed))
            ) : (
              <tr key={fold.from} class="fold">
                <td colSpan={2}>
                  <button
                    type="button"
                    onClick={() => {
                      setOpened(new Set([...opened, fold.from]))
                    }}
                  >
                    {fold.to - fold.from} more {fold.to - fold.from === 1 ? 'member' : 'members'}
                  </button>
                </td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </div>
  )
}

function memberRow(
  { declaration, bitOffset }: TypeMemberReport,
  index: number,
  marked: readonly number[],
  pointed: number | undefined,
): JSX.Element {
  const classes = `${marked.includes(index) ? 'marked' : ''} ${pointed === index ? 'pointed' : ''}`
  return (
    <tr key={index} class={classes}>
      <td class="digits">
        {marked.includes(index) && (
          <span class="mark">
            <span aria-hidden="true">▶</span>
            <span class="unseen">asked for</span>
          </span>
        )}
        {bitOffset === undefined ? '' : offsetText(bitOffset)}
      </td>
      <td>
        <code dir="ltr">{visible(declaration)}</code>
      </td>
    </tr>
  )
}

/** The members in stretches, which are shown or folded; a fold of one member would be as long as it. */
function foldsOf(count: number, shown: readonly number[]): readonly Fold[] {
  if (count <= WHOLE) return [{ from: 0, to: count, isOpen: true }]
  const isShown = (index: number): boolean =>
    index < AROUND || shown.some((one) => Math.abs(one - index) <= AROUND)
  const folds: Fold[] = []
  for (let index = 0; index < count; index++) {
    const last = folds.at(-1)
    if (last?.isOpen === isShown(index)) folds[folds.length - 1] = { ...last, to: index + 1 }
    else folds.push({ from: index, to: index + 1, isOpen: isShown(index) })
  }
  return folds
}
