import type { ComponentChildren, JSX } from 'preact'
import { Scroller } from './text.tsx'

/** A column's title; `#` before it for one of numbers, which stand at its right. */
export type Column = string

/** A table that scrolls sideways by itself. */
export function Table({
  label,
  caption,
  columns,
  children,
}: {
  readonly label: string
  readonly caption?: ComponentChildren
  readonly columns: readonly Column[]
  /** The rows. */
  readonly children: ComponentChildren
}): JSX.Element {
  return (
    <Scroller label={label}>
      <table>
        <caption>{caption ?? label}</caption>
        <TableHead columns={columns} />
        <tbody>{children}</tbody>
      </table>
    </Scroller>
  )
}

export function TableHead({ columns }: { readonly columns: readonly Column[] }): JSX.Element {
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <th key={column} scope="col" class={column.startsWith('#') ? 'digits' : ''}>
            {column.replace(/^#/, '')}
          </th>
        ))}
      </tr>
    </thead>
  )
}
