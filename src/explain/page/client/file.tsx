import type { JSX } from 'preact'
import type { SectionReport } from '../../explanation.ts'
import { visible } from '../visible.ts'
import { usePage } from './store.ts'
import { Code, Nothing } from './text.tsx'
import { Table } from './table.tsx'

export function FileContent(): JSX.Element {
  const { explanation } = usePage().model
  const { header, sections, license } = explanation.chapters.file
  if (header === undefined && sections.length === 0) {
    return <Nothing>The file could not be read as ELF; the failure above says why.</Nothing>
  }
  return (
    <>
      <p>
        {header !== undefined &&
          `ELF, ${header.class} bits, ${header.endianness} endian, machine ${header.machine}${header.machine === 247 ? ' (EM_BPF)' : ''}. `}
        {license === undefined ? 'It names no license.' : 'License: '}
        {license !== undefined && <Code>{license}</Code>}
      </p>
      <Strip sections={sections} />
      <SectionTable sections={sections} />
    </>
  )
}

/** A hue for each of a few sorts of sections, so that the strip can be read beside the table. */
function sortOf({ name, flags, type }: SectionReport): string {
  if (flags.includes('X')) return 'code'
  if (name.startsWith('.BTF')) return 'types'
  if (flags.includes('A')) return 'data'
  return type === 'SHT_REL' ? 'relocations' : 'other'
}

function Strip({ sections }: { readonly sections: readonly SectionReport[] }): JSX.Element {
  const inFile = sections.filter(({ type, size }) => type !== 'SHT_NOBITS' && size > 0)
  const sorts = [...new Set(inFile.map(sortOf))]
  return (
    <figure class="strip">
      <div class="bars" aria-hidden="true">
        {inFile.map((section) => (
          <span
            key={section.index}
            class={`bar ${sortOf(section)}`}
            style={{ flexGrow: String(section.size) }}
            title={`${visible(section.name)}: ${section.size} bytes`}
          />
        ))}
      </div>
      <figcaption>
        {'Where the file’s bytes are: '}
        {sorts.map((sort) => (
          <span key={sort} class="key">
            <span class={`swatch ${sort}`} aria-hidden="true" />
            {sort} {share(inFile, sort)}
          </span>
        ))}
      </figcaption>
    </figure>
  )
}

function share(sections: readonly SectionReport[], sort: string): string {
  const sum = (some: readonly SectionReport[]): number => some.reduce((total, { size }) => total + size, 0)
  const part = sum(sections.filter((section) => sortOf(section) === sort)) / sum(sections)
  return `${Math.round(part * 100)} %`
}

function SectionTable({ sections }: { readonly sections: readonly SectionReport[] }): JSX.Element {
  const { view } = usePage()
  return (
    <Table
      label="Sections"
      columns={[
        '#No.',
        'Name',
        'What a loader does with it',
        'Refers to',
        '#Bytes',
        '#Offset',
        'Flags',
        'Type',
      ]}
    >
      {sections.map((section) => (
        <tr key={section.index} class={view.item === String(section.index) ? 'picked' : ''}>
          <td class="digits">{section.index}</td>
          <th scope="row">{section.name === '' ? 'no name' : <Code>{section.name}</Code>}</th>
          <td class="prose">{visible(section.role)}</td>
          <td>
            {section.refersTo.map(({ section: name, count }) => (
              <span key={name} class="reference">
                <Code>{name}</Code> × {count}
              </span>
            ))}
          </td>
          <td class="digits">{section.size}</td>
          <td class="digits">{section.offset}</td>
          <td>
            <code>{section.flags}</code>
          </td>
          <td>
            <code>{section.type}</code>
          </td>
        </tr>
      ))}
    </Table>
  )
}
