import type { JSX } from 'preact'
import type { ExternReport, MapReport, NamedValue, VariableReport } from '../../explanation.ts'
import { visible } from '../visible.ts'
import { Fields } from './fields.tsx'
import { usePage } from './store.ts'
import { Badge, Code, Nothing } from './text.tsx'
import { Table } from './table.tsx'

export function MapsContent(): JSX.Element {
  const { maps, variables, externs } = usePage().model.explanation.chapters.maps
  return (
    <>
      <h3>Maps</h3>
      {maps.length === 0 && <Nothing>The object defines no map, or the work ended before.</Nothing>}
      {maps.map((map) => (
        <MapCard key={map.name} map={map} />
      ))}
      <h3>Global variables</h3>
      {variables.length === 0 ? (
        <Nothing>The object has no global variable that its types name.</Nothing>
      ) : (
        <VariableTable variables={variables} />
      )}
      <h3>Externs</h3>
      {externs.length === 0 ? (
        <Nothing>The object asks the kernel for no symbol.</Nothing>
      ) : (
        <ExternTable externs={externs} />
      )}
    </>
  )
}

function MapCard({ map }: { readonly map: MapReport }): JSX.Element {
  const { name, type, section, offset, definition, attributes, initialSlots, notes, problem } = map
  const picked = usePage().view.item === name
  return (
    <section class={`card ${picked ? 'picked' : ''}`} aria-label={`Map ${visible(name)}`}>
      <h4>
        <Code>{name}</Code> <span class="what">{type}</span>
      </h4>
      <p class="where">
        <Code>{section}</Code>
        {offset === undefined ? ', the whole section' : `, byte ${offset}`}
      </p>
      {problem !== undefined && (
        <p>
          <Badge tone="bad">cannot be created</Badge> {visible(problem)}
        </p>
      )}
      <div class="beside">
        {definition.length > 0 && <Definition map={map} />}
        <Attributes attributes={attributes} />
      </div>
      {initialSlots.length > 0 && (
        <p>
          Filled with{' '}
          {initialSlots.map(({ index, target }) => (
            <span key={index} class="reference">
              [{index}] = <Code>{target}</Code>
            </span>
          ))}
        </p>
      )}
      {notes.length > 0 && <p>{notes.map(visible).join('; ')}</p>}
    </section>
  )
}

function Definition({ map }: { readonly map: MapReport }): JSX.Element {
  return (
    <Table
      label={`Definition of ${visible(map.name)}`}
      caption="The definition, and how BTF has it"
      columns={['C', 'BTF', 'Means']}
    >
      {map.definition.map(({ declaration, encoding, meaning }) => (
        <tr key={declaration}>
          <th scope="row">
            <Code>{declaration}</Code>
          </th>
          <td>
            <Code>{encoding}</Code>
          </td>
          <td>
            <Code>{meaning}</Code>
          </td>
        </tr>
      ))}
    </Table>
  )
}

function Attributes({ attributes }: { readonly attributes: readonly NamedValue[] }): JSX.Element {
  return (
    <div class="attributes">
      <h5>BPF_MAP_CREATE</h5>
      {attributes.length === 0 ? <p>It is not created.</p> : <Fields values={attributes} />}
    </div>
  )
}

function VariableTable({ variables }: { readonly variables: readonly VariableReport[] }): JSX.Element {
  const { view } = usePage()
  return (
    <Table
      label="Global variables"
      caption="Global variables, and the bytes of the sections that they are"
      columns={['Section', '#Offset', '#Bytes', 'Declaration', 'Initial value']}
    >
      {variables.map(({ name, section, offset, size, declaration, value }) => (
        <tr key={`${section} ${name}`} class={view.item === name ? 'picked' : ''}>
          <td>
            <Code>{section}</Code>
          </td>
          <td class="digits">{offset}</td>
          <td class="digits">{size}</td>
          <th scope="row">
            <Code>{declaration}</Code>
          </th>
          <td class="long">{value === undefined ? 'bytes without a decoder' : <Code>{value}</Code>}</td>
        </tr>
      ))}
    </Table>
  )
}

const sorts: Readonly<Record<ExternReport['sort'], string>> = {
  kconfig: 'option of the kernel’s configuration',
  ksym: 'symbol of the kernel',
  kfunc: 'function of the kernel',
}

function ExternTable({ externs }: { readonly externs: readonly ExternReport[] }): JSX.Element {
  const { view } = usePage()
  return (
    <Table
      label="Externs"
      caption="Externs, which the loader looks up in the kernel"
      columns={['Declaration', 'What it is', 'Here']}
    >
      {externs.map(({ name, sort, weak, declaration, resolution }) => (
        <tr key={name} class={view.item === name ? 'picked' : ''}>
          <th scope="row">
            <Code>{declaration}</Code>
          </th>
          <td>
            {sorts[sort]}
            {weak && ', weak: it may be missing'}
          </td>
          <td class="long">{resolution === undefined ? 'no program asked' : <Code>{resolution}</Code>}</td>
        </tr>
      ))}
    </Table>
  )
}
