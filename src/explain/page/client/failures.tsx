import type { JSX } from 'preact'
import type { FailureReport } from '../../explanation.ts'
import { chapters } from '../../teaching.ts'
import { visible } from '../visible.ts'
import { usePage } from './store.ts'
import { Code, plural, To } from './text.tsx'

/** More are behind a click: the first one is mostly the reason of the rest. */
const SHOWN = 3

/** What went wrong, before anything else. */
export function Failures(): JSX.Element | null {
  const { failures } = usePage().model.explanation
  if (failures.length === 0) return null
  const [first, rest] = [failures.slice(0, SHOWN), failures.slice(SHOWN)]
  return (
    <section class="failures" aria-labelledby="failures-title">
      <h2 id="failures-title">
        This load failed{failures.length > 1 ? ` in ${failures.length} places` : ''}
      </h2>
      <ul>{first.map(failureItem)}</ul>
      {rest.length > 0 && (
        <details>
          <summary>{plural(rest.length, 'more failure')}</summary>
          <ul>{rest.map(failureItem)}</ul>
        </details>
      )}
    </section>
  )
}

function failureItem({ chapter, code, program, message }: FailureReport, index: number): JSX.Element {
  const title = chapters.find(({ name }) => name === chapter)?.title ?? chapter
  const [sentence = '', ...more] = message.split('\n')
  return (
    <li key={index}>
      <p>
        <To view={program === undefined ? { chapter } : { chapter, program }}>{title}</To>
        {program !== undefined && (
          <>
            {' '}
            of <Code>{program}</Code>
          </>
        )}
        : {visible(sentence)} <span class="code">{code}</span>
      </p>
      {more.length > 0 && (
        <details>
          <summary>The whole message</summary>
          <pre tabIndex={0} role="region" aria-label="The whole message">
            {more.map(visible).join('\n')}
          </pre>
        </details>
      )}
    </li>
  )
}
