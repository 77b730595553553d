import type { JSX } from 'preact'
import { useCallback, useMemo } from 'preact/hooks'
import type { VerifierReport, WalkEntry } from '../../explanation.ts'
import { lineKey, type Listing } from '../listing.ts'
import { visible } from '../visible.ts'
import { changesOf } from '../walk.ts'
import { ProgramPicker } from './program_picker.tsx'
import { StateTable } from './states.tsx'
import { usePage } from './store.ts'
import { Badge, Code, Nothing, plural, To, type Tone } from './text.tsx'
import { Table } from './table.tsx'
import { WindowedList } from './windowed_list.tsx'

export function VerifierContent(): JSX.Element {
  const { model, view } = usePage()
  const reports = model.explanation.chapters.verifier.programs
  const refused = reports.find(({ verdict }) => verdict === 'refused')
  const name = view.program ?? (refused ?? reports[0])?.program
  if (name === undefined) {
    return (
      <Nothing>The verifier was asked about no program: there is none, or the work ended before.</Nothing>
    )
  }
  const report = model.verifier.get(name)
  return (
    <>
      <ProgramPicker
        programs={reports.map(({ program, verdict }) => ({ name: program, note: verdict }))}
        chosen={name}
        viewOf={(program) => ({ chapter: 'verifier', program })}
      />
      {report === undefined ? (
        <Nothing>The verifier was not asked about {visible(name)}.</Nothing>
      ) : (
        <Verdict key={name} report={report} />
      )}
    </>
  )
}

const tones: Readonly<Record<VerifierReport['verdict'], Tone>> = {
  accepted: 'good',
  refused: 'bad',
  'not asked': 'plain',
}

function Verdict({ report }: { readonly report: VerifierReport }): JSX.Element {
  const { verdict, reason, statistics, walk, log } = report
  return (
    <>
      <p class="verdict">
        <Badge tone={tones[verdict]}>{verdict}</Badge>
        {verdict === 'not asked' && ' The program was not handed to a kernel.'}
      </p>
      <Refusal report={report} />
      {reason !== undefined && (
        <p>
          The kernel’s words: <Code>{reason}</Code>
        </p>
      )}
      <ReadRegisters report={report} />
      {statistics.length > 0 && (
        <dl class="facts">
          {statistics.map(({ name, value }) => (
            <div key={name}>
              <dt>{visible(name)}</dt>
              <dd>{visible(value)}</dd>
            </div>
          ))}
        </dl>
      )}
      {walk.length > 0 && <Walk report={report} />}
      {log !== '' && (
        <details>
          <summary>The log, as the kernel wrote it</summary>
          <pre class="log" tabIndex={0} role="region" aria-label="The verifier’s log">
            {log.split('\n').map(visible).join('\n')}
          </pre>
        </details>
      )}
    </>
  )
}

function Refusal({ report: { plain } }: { readonly report: VerifierReport }): JSX.Element | null {
  if (plain === undefined) return null
  return (
    <section class="refusal" aria-labelledby="refusal-title">
      <h3 id="refusal-title">{visible(plain.title)}</h3>
      <p>{visible(plain.sentence)}</p>
      {plain.advice !== '' && (
        <p>
          <strong>What to do:</strong> {visible(plain.advice)}
        </p>
      )}
      <p class="where">
        In the kernel: <Code>{plain.source}</Code>
      </p>
    </section>
  )
}

function ReadRegisters({ report }: { readonly report: VerifierReport }): JSX.Element | null {
  const { registers, program } = report
  if (registers.length === 0) return null
  return (
    <Table
      label="What the refused instruction reads"
      columns={['Register', 'What the verifier knows of it', 'Written last by']}
    >
      {registers.map(({ register, value, writtenAt, lost }) => (
        <tr key={register}>
          <th scope="row">
            <Code>{register}</Code>
          </th>
          <td class="long">{value === undefined ? 'nothing that may be read' : <Code>{value}</Code>}</td>
          <td>
            {writtenAt === undefined ? (
              'no instruction of this path'
            ) : (
              <>
                <To view={{ chapter: 'relocations', program, insn: writtenAt }}>instruction {writtenAt}</To>
                {lost === 'in a call' && ', a call, which keeps nothing of r1 to r5'}
              </>
            )}
          </td>
        </tr>
      ))}
    </Table>
  )
}

interface Step {
  readonly entry: WalkEntry
  /** The C line, where it is another than that of the step before. */
  readonly line: string
  /** What it changed. */
  readonly news: string
}

function Walk({ report }: { readonly report: VerifierReport }): JSX.Element {
  const { model, view, show } = usePage()
  const { program, walk, omitted, verdict } = report
  const listing = model.listing(program)
  const steps = useMemo(() => stepsOf(walk, listing), [walk, listing])
  const render = useCallback((step: Step) => renderStep(step, listing), [listing])
  const last = walk.length - 1
  const chosen = view.step ?? (verdict === 'refused' ? last : undefined)
  const selected = chosen === undefined ? undefined : Math.min(chosen, last)
  return (
    <>
      <h3>{verdict === 'refused' ? 'The path that was refused' : 'The walk'}</h3>
      <p>
        {plural(walk.length, 'step')}
        {omitted > 0 && `; ${plural(omitted, 'visit')} of the same instructions left out`}. Below each
        instruction: what it changed.
      </p>
      <div class="workbench">
        <WindowedList
          label={`Walk through ${visible(program)}`}
          items={steps}
          linesOf={linesOf}
          render={render}
          selected={selected}
          onSelect={(step, how) => {
            show({ chapter: 'verifier', program, step }, how)
          }}
        />
        <div class="side">
          <StepPanel report={report} step={selected} />
        </div>
      </div>
    </>
  )
}

function StepPanel({
  report: { program, walk },
  step,
}: {
  readonly report: VerifierReport
  readonly step: number | undefined
}): JSX.Element {
  const entry = step === undefined ? undefined : walk[step]
  if (step === undefined || entry === undefined) {
    return (
      <section class="panel" aria-label="State">
        <p class="nothing">Pick a step of the walk: what the verifier knows there is shown here.</p>
      </section>
    )
  }
  return (
    <section class="panel" aria-labelledby="panel-title">
      <h3 id="panel-title">
        Step {step + 1}, before{' '}
        <To view={{ chapter: 'relocations', program, insn: entry.insn }}>instruction {entry.insn}</To>
      </h3>
      <StateTable walk={walk} step={step} />
    </section>
  )
}

function stepsOf(walk: readonly WalkEntry[], listing: Listing | undefined): readonly Step[] {
  const changes = changesOf(walk)
  let known: string | undefined
  return walk.map((entry, step) => {
    const news = (changes[step] ?? []).map(({ register, value }) => `${register}=${value}`)
    const source = listing?.sourceOf.get(entry.insn)
    const key = source === undefined ? undefined : lineKey(source)
    const line = source === undefined || (key === known && entry.event === '') ? '' : source.text
    known = key
    return { entry, line, news: news.join('  ') }
  })
}

const linesOf = ({ entry, line, news }: Step): number =>
  1 + [entry.event, line, news].filter((text) => text !== '').length

function renderStep({ entry, line, news }: Step, listing: Listing | undefined): JSX.Element {
  return (
    <>
      {entry.event !== '' && (
        <span class="row event">
          <span class="insn" />
          {visible(entry.event)}
        </span>
      )}
      {line !== '' && (
        <span class="row source">
          <span class="insn" />
          <code dir="ltr">{visible(line)}</code>
        </span>
      )}
      <span class="row">
        <span class="insn">{entry.insn}</span>
        <code dir="ltr">{visible(listing?.insns.get(entry.insn)?.after.text ?? '')}</code>
        {entry.decision !== undefined && <Badge tone="changed">{entry.decision}</Badge>}
      </span>
      {news !== '' && (
        <span class="row note">
          <span class="insn" />
          <code dir="ltr">{visible(news)}</code>
        </span>
      )}
    </>
  )
}
