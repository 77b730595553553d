import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { RegisterValue } from '../../../verifier/log.ts'
import type { VerifierReport, WalkEntry } from '../../explanation.ts'
import type { Listing } from '../listing.ts'
import { visible } from '../visible.ts'
import { stepState } from '../walk.ts'
import { usePage } from './store.ts'
import { Code, To } from './text.tsx'

/** What the verifier knew when it came to an instruction, each time that it did. */
export function StatesAt({
  listing,
  insn,
}: {
  readonly listing: Listing
  readonly insn: number
}): JSX.Element {
  const report = usePage().model.verifier.get(listing.program.name)
  const visits = visitsOf(report, insn)
  return (
    <>
      <h4>The verifier before this instruction</h4>
      {report === undefined || visits.length === 0 ? (
        <p class="nothing">{whyNoState(report)}</p>
      ) : (
        <Visits key={`${listing.program.name} ${insn}`} report={report} visits={visits} />
      )}
    </>
  )
}

function whyNoState(report: VerifierReport | undefined): string {
  if (report === undefined || report.verdict === 'not asked') return 'It was not asked about this program.'
  if (report.walk.length === 0) return 'Its log has no states.'
  return report.verdict === 'refused'
    ? 'It is not on the path that was refused.'
    : 'Its walk did not come here, or this visit is left out.'
}

function visitsOf(report: VerifierReport | undefined, insn: number): readonly number[] {
  return (report?.walk ?? []).flatMap((entry, step) => (entry.insn === insn ? [step] : []))
}

function Visits({
  report,
  visits,
}: {
  readonly report: VerifierReport
  readonly visits: readonly number[]
}): JSX.Element {
  const [chosen, setChosen] = useState(0)
  const step = visits[chosen] ?? 0
  return (
    <>
      <p class="visits">
        Visit{' '}
        {visits.length === 1 ? (
          '1 of 1'
        ) : (
          <select
            aria-label="Visit"
            value={chosen}
            onChange={(event) => {
              setChosen(Number(event.currentTarget.value))
            }}
          >
            {visits.map((_, index) => (
              <option key={index} value={index}>
                {index + 1} of {visits.length}
              </option>
            ))}
          </select>
        )}
        {': '}
        <To view={{ chapter: 'verifier', program: report.program, step }}>in its walk</To>
      </p>
      <StateTable walk={report.walk} step={step} />
    </>
  )
}

/** A state, register by register; those that the entry before it has otherwise are marked. */
export function StateTable({
  walk,
  step,
}: {
  readonly walk: readonly WalkEntry[]
  readonly step: number
}): JSX.Element {
  const event = walk[step]?.event ?? ''
  const { registers, changed } = useMemo(() => stepState(walk, step), [walk, step])
  return (
    <>
      {event !== '' && <p class="event">{visible(event)}</p>}
      {registers.length === 0 ? (
        <p class="nothing">The log does not tell the registers here.</p>
      ) : (
        <dl class="state">
          {registers.map((known) => (
            <Register key={known.register} known={known} isNew={changed.has(known.register)} />
          ))}
        </dl>
      )}
    </>
  )
}

function Register({ known, isNew }: { readonly known: RegisterValue; readonly isNew: boolean }): JSX.Element {
  return (
    <div class={isNew ? 'new' : ''}>
      <dt>
        <Code>{known.register}</Code>
        {isNew && <span class="mark">new</span>}
      </dt>
      <dd>
        <Code>{known.value}</Code>
      </dd>
    </div>
  )
}
