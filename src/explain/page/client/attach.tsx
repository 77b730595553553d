import type { JSX } from 'preact'
import { visible } from '../visible.ts'
import { usePage } from './store.ts'
import { Code, Nothing, To } from './text.tsx'
import { Table } from './table.tsx'

export function AttachContent(): JSX.Element {
  const { links } = usePage().model.explanation.chapters.attach
  if (links.length === 0) return <Nothing>There is no program to attach, or the work ended before.</Nothing>
  return (
    <Table
      label="Links"
      caption="What becomes of each program"
      columns={['Program', 'Target', 'How', 'System calls']}
    >
      {links.map(({ program, target, how, syscalls }, index) => (
        <tr key={index}>
          <th scope="row">
            <To view={{ chapter: 'programs', item: program }}>
              <Code>{program}</Code>
            </To>
          </th>
          <td class="prose">{visible(target)}</td>
          <td class="prose">{how === undefined ? 'not attached' : visible(how)}</td>
          <td class="numbers">
            {syscalls.length === 0 && '–'}
            {syscalls.map((number) => (
              <span key={number} class="reference">
                <To view={{ chapter: 'syscalls', item: String(number) }} label={`System call ${number}`}>
                  {number}
                </To>
              </span>
            ))}
          </td>
        </tr>
      ))}
    </Table>
  )
}
