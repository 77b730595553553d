import type { JSX } from 'preact'
import { useCallback, useMemo, useState } from 'preact/hooks'
import type { CoreAccess } from '../../explanation.ts'
import type { NumberedAccess } from '../page_model.ts'
import { visible } from '../visible.ts'
import { AccessPanel } from './access_panel.tsx'
import { outcomeTones, valueArrow } from './core_words.ts'
import { usePage } from './store.ts'
import { Badge, Nothing, plural } from './text.tsx'
import { WindowedList } from './windowed_list.tsx'

interface Filter {
  readonly kind: string
  readonly outcome: string
}

const EVERY: Filter = { kind: '', outcome: '' }

export function CoreContent(): JSX.Element {
  const { model, view, show } = usePage()
  const { accesses } = model.explanation.chapters.core
  const [filter, setFilter] = useState(EVERY)
  const shown = useMemo(() => filtered(accesses, filter), [accesses, filter])
  const render = useCallback((numbered: NumberedAccess) => renderAccess(numbered), [])
  if (accesses.length === 0) {
    return <Nothing>No instruction depends on the kernel’s types, or the work ended before.</Nothing>
  }
  const selected = shown.findIndex(({ number }) => number === view.access)
  const access = view.access === undefined ? undefined : accesses[view.access - 1]
  return (
    <>
      <Filters accesses={accesses} filter={filter} onChange={setFilter} shown={shown.length} />
      <div class="workbench core">
        <WindowedList
          label="CO-RE accesses"
          items={shown}
          linesOf={twoLines}
          render={render}
          selected={selected < 0 ? undefined : selected}
          onSelect={(index, how) => {
            const number = shown[index]?.number
            if (number !== undefined) show({ chapter: 'core', access: number }, how)
          }}
        />
        {access === undefined || view.access === undefined ? (
          <div class="side">
            <section class="panel" aria-label="Access">
              <p class="nothing">
                Pick an access: its structs, as the object and the target have them, are shown here.
              </p>
            </section>
          </div>
        ) : (
          <div class="side">
            <AccessPanel key={view.access} number={view.access} access={access} />
          </div>
        )}
      </div>
    </>
  )
}

const twoLines = (): number => 2

function filtered(accesses: readonly CoreAccess[], { kind, outcome }: Filter): readonly NumberedAccess[] {
  return accesses
    .map((access, index) => ({ number: index + 1, access }))
    .filter(
      ({ access }) => (kind === '' || access.kind === kind) && (outcome === '' || access.outcome === outcome),
    )
}

function Filters({
  accesses,
  filter,
  onChange,
  shown,
}: {
  readonly accesses: readonly CoreAccess[]
  readonly filter: Filter
  readonly onChange: (filter: Filter) => void
  readonly shown: number
}): JSX.Element {
  const kinds = [...new Set(accesses.map(({ kind }) => kind))].sort()
  const outcomes = [...new Set(accesses.map(({ outcome }) => outcome))].sort()
  return (
    <p class="picker">
      <label for="kind">Kind</label>{' '}
      <select
        id="kind"
        value={filter.kind}
        onChange={(event) => {
          onChange({ ...filter, kind: event.currentTarget.value })
        }}
      >
        <option value="">every kind</option>
        {kinds.map((kind) => (
          <option key={kind}>{kind}</option>
        ))}
      </select>{' '}
      <label for="outcome">Outcome</label>{' '}
      <select
        id="outcome"
        value={filter.outcome}
        onChange={(event) => {
          onChange({ ...filter, outcome: event.currentTarget.value })
        }}
      >
        <option value="">every outcome</option>
        {outcomes.map((outcome) => (
          <option key={outcome}>{outcome}</option>
        ))}
      </select>{' '}
      <span class="of" role="status">
        {plural(shown, 'access', 'accesses')}
      </span>
    </p>
  )
}

function renderAccess({ number, access }: NumberedAccess): JSX.Element {
  return (
    <>
      <span class="row">
        <span class="insn">{number}</span>
        <code dir="ltr">{visible(access.expression)}</code>
      </span>
      <span class="row note">
        <span class="insn" />
        <Badge tone={outcomeTones[access.outcome]}>{access.outcome}</Badge>
        <span>{valueArrow(access)}</span>
        <span>{access.kind}</span>
      </span>
    </>
  )
}
