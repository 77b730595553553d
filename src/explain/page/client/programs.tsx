import type { JSX } from 'preact'
import type { FunctionSummary, ProgramSummary } from '../../explanation.ts'
import { visible } from '../visible.ts'
import { usePage } from './store.ts'
import { Badge, Code, Nothing, plural, To, type Tone } from './text.tsx'
import { Table } from './table.tsx'

export function ProgramsContent(): JSX.Element {
  const { programs } = usePage().model.explanation.chapters.programs
  if (programs.length === 0) return <Nothing>The object has no program, or the work ended before.</Nothing>
  const several = programs.filter(({ functions }) => functions.length > 1)
  return (
    <>
      <ProgramTable programs={programs} />
      <h3>Functions that are linked behind programs</h3>
      {several.length === 0 && <Nothing>No program calls another function of the object.</Nothing>}
      {several.map((program) => (
        <FunctionTable key={program.name} program={program} />
      ))}
    </>
  )
}

function ProgramTable({ programs }: { readonly programs: readonly ProgramSummary[] }): JSX.Element {
  return (
    <Table
      label="Programs"
      caption={plural(programs.length, 'program')}
      columns={['Program', 'Type', 'Attached to', '#Instructions', 'Verifier', 'Calls']}
    >
      {programs.map((program) => (
        <ProgramRow key={program.name} program={program} />
      ))}
    </Table>
  )
}

const tones: Readonly<Record<string, Tone>> = { accepted: 'good', refused: 'bad' }

function ProgramRow({ program }: { readonly program: ProgramSummary }): JSX.Element {
  const { model, view } = usePage()
  const { name, section, type, attachType, traits, target, reason, autoload, insnCount, linkedInsnCount } =
    program
  const verdict = model.verifier.get(name)?.verdict
  return (
    <tr class={view.item === name ? 'picked' : ''}>
      <th scope="row">
        {model.listing(name) === undefined ? (
          <Code>{name}</Code>
        ) : (
          <To view={{ chapter: 'relocations', program: name }}>
            <Code>{name}</Code>
          </To>
        )}
        <div class="where">
          <Code>{section}</Code>
        </div>
      </th>
      <td>
        {type === undefined ? 'unknown' : <code>{type}</code>}
        {attachType !== undefined && (
          <>
            , <code>{attachType}</code>
          </>
        )}
        {traits.length > 0 && <div>{traits.map(visible).join(', ')}</div>}
        {!autoload && <div>loaded on request only</div>}
      </td>
      <td class="prose">
        {target === undefined ? visible(reason ?? 'nothing that its section names') : visible(target)}
      </td>
      <td class="digits">
        {insnCount}
        {linkedInsnCount !== undefined && linkedInsnCount !== insnCount && (
          <div class="where">{linkedInsnCount} linked</div>
        )}
      </td>
      <td>
        {verdict === undefined || verdict === 'not asked' ? (
          'not asked'
        ) : (
          <To view={{ chapter: 'verifier', program: name }}>
            <Badge tone={tones[verdict] ?? 'plain'}>{verdict}</Badge>
          </To>
        )}
      </td>
      <td>
        <Calls calls={[...program.helpers, ...program.kfuncs]} />
      </td>
    </tr>
  )
}

/** More fold away: they are names, and a row is a row. */
const SHOWN = 4

function Calls({ calls }: { readonly calls: ProgramSummary['helpers'] }): JSX.Element {
  const item = ({ name, count }: (typeof calls)[number]): JSX.Element => (
    <li key={name}>
      <Code>{name}</Code>
      {count > 1 && ` × ${count}`}
    </li>
  )
  const rest = calls.slice(SHOWN)
  return (
    <>
      <ul class="bare">{calls.slice(0, SHOWN).map(item)}</ul>
      {rest.length > 0 && (
        <details>
          <summary>{rest.length} more</summary>
          <ul class="bare">{rest.map(item)}</ul>
        </details>
      )}
    </>
  )
}

function FunctionTable({ program }: { readonly program: ProgramSummary }): JSX.Element {
  return (
    <Table
      label={`Functions of ${visible(program.name)}`}
      caption={<Code>{program.name}</Code>}
      columns={['#At', 'Function', 'From', '#Instructions', 'Referred to by']}
    >
      {program.functions.map((fn) => (
        <FunctionRow key={fn.start} fn={fn} program={program.name} />
      ))}
    </Table>
  )
}

function FunctionRow({
  fn,
  program,
}: {
  readonly fn: FunctionSummary
  readonly program: string
}): JSX.Element {
  return (
    <tr>
      <td class="digits">
        <To view={{ chapter: 'relocations', program, insn: fn.start }}>{fn.start}</To>
      </td>
      <th scope="row">
        <Code>{fn.declaration ?? fn.name}</Code>
      </th>
      <td>
        <Code>{fn.section}</Code>
      </td>
      <td class="digits">{fn.insnCount}</td>
      <td>
        {fn.callers.length === 0 && fn.start === 0 && 'the kernel'}
        {fn.callers.map(({ name, count }) => (
          <span key={name} class="reference">
            <Code>{name}</Code>
            {count > 1 && ` × ${count}`}
          </span>
        ))}
      </td>
    </tr>
  )
}
