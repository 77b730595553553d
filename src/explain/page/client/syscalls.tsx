import type { JSX } from 'preact'
import type { SyscallReport } from '../../explanation.ts'
import { visible } from '../visible.ts'
import { Fields } from './fields.tsx'
import { usePage } from './store.ts'
import { Badge, Code, Nothing, plural } from './text.tsx'
import { Table } from './table.tsx'

export function SyscallsContent(): JSX.Element {
  const { calls, chapters } = usePage().model.explanation
  const { syscalls } = chapters.syscalls
  if (syscalls.length === 0)
    return <Nothing>No system call was needed, or the work ended before the first.</Nothing>
  return (
    <>
      <p>
        {calls === 'issued'
          ? `${plural(syscalls.length, 'call')}, as they were issued, with what the kernel answered.`
          : `${plural(syscalls.length, 'call')}, as they would be issued. No kernel was asked: descriptors are assumed.`}
      </p>
      <Table
        label="System calls"
        caption="System calls, in order"
        columns={['#No.', 'Call', 'Fields', '#Bytes', 'Result']}
      >
        {syscalls.map((call) => (
          <SyscallRow key={call.number} call={call} />
        ))}
      </Table>
    </>
  )
}

function SyscallRow({ call }: { readonly call: SyscallReport }): JSX.Element {
  const { number, purpose, syscall, command, attr, attrSize, result, failed } = call
  const picked = usePage().view.item === String(number)
  return (
    <tr class={picked ? 'picked' : ''}>
      <td class="digits">{number}</td>
      <th scope="row">
        <code>{command === undefined ? syscall : `${syscall}(${command})`}</code>
        <div class="purpose">{visible(purpose)}</div>
      </th>
      <td class="fields">
        <Fields values={call.arguments} />
        {attr !== undefined && (
          <details>
            <summary>the structure</summary>
            <code class="hex">{attr.replaceAll(/(.{8})(?=.)/g, '$1 ')}</code>
          </details>
        )}
      </td>
      <td class="digits">{attrSize ?? '–'}</td>
      <td>{failed ? <Badge tone="bad">{visible(result)}</Badge> : <Code>{result}</Code>}</td>
    </tr>
  )
}
