import type { JSX } from 'preact'
import type { NamedValue } from '../../explanation.ts'
import { Code } from './text.tsx'

/** The fields of a structure, one after the other. */
export function Fields({ values }: { readonly values: readonly NamedValue[] }): JSX.Element {
  return (
    <>
      {values.map(({ name, value }) => (
        <span key={name} class="field">
          <Code>{`${name} = ${value}`}</Code>
        </span>
      ))}
    </>
  )
}
