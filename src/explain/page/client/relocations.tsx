import type { JSX } from 'preact'
import { useCallback, useMemo, useState } from 'preact/hooks'
import type { InsnReport } from '../../program_report.ts'
import { hasNote, jumpTarget, lineKey, type Listing, type Row, spacedBytes } from '../listing.ts'
import { relocationTitle } from '../relocation_words.ts'
import type { View } from '../view.ts'
import { visible } from '../visible.ts'
import { InsnPanel } from './insn_panel.tsx'
import { ProgramPicker } from './program_picker.tsx'
import { usePage } from './store.ts'
import { Nothing, plural } from './text.tsx'
import { WindowedList } from './windowed_list.tsx'

export function RelocationsContent(): JSX.Element {
  const { model, view } = usePage()
  const name = view.program ?? model.programs[0]?.name
  if (name === undefined) {
    return <Nothing>No program was relocated: there is none, or the work ended before.</Nothing>
  }
  const listing = model.listing(name)
  return (
    <>
      <ProgramPicker
        programs={model.programs.map((program) => ({ name: program.name, note: program.section }))}
        chosen={name}
        viewOf={(program) => ({ chapter: 'relocations', program })}
      />
      {listing === undefined ? (
        <Nothing>The program {visible(name)} was not relocated, so there is no listing of it.</Nothing>
      ) : (
        <ListingView key={name} listing={listing} />
      )}
    </>
  )
}

function ListingView({ listing }: { readonly listing: Listing }): JSX.Element {
  const { view, show } = usePage()
  const [hasBytes, setHasBytes] = useState(true)
  const { rows, program } = listing
  const places = useMemo(() => placesOf(rows), [rows])
  const selected = view.insn === undefined ? undefined : placeOf(places, view.insn, view.pick)
  const lit = useMemo(() => litRows(listing, view.insn), [listing, view.insn])
  const render = useCallback((row: Row) => renderRow(row), [])
  const select = (index: number, how: 'step' | 'move'): void => {
    const row = rows[index]
    if (row === undefined) return
    show({ chapter: 'relocations', program: program.name, insn: row.insn, ...picks[row.kind] }, how)
  }
  return (
    <>
      <p class="settings">
        {program.type}, {plural(program.insns.length, 'instruction')},{' '}
        {plural(listing.relocated.length, 'of them is', 'of them are')} relocated.{' '}
        <label>
          <input
            type="checkbox"
            checked={hasBytes}
            onChange={(event) => {
              setHasBytes(event.currentTarget.checked)
            }}
          />{' '}
          bytes
        </label>
      </p>
      <div class={`workbench ${hasBytes ? '' : 'without-bytes'}`}>
        <WindowedList
          label={`Instructions of ${visible(program.name)}`}
          items={rows}
          linesOf={linesOf}
          render={render}
          isStop={isInsn}
          selected={selected}
          lit={lit}
          onSelect={select}
        />
        <div class="side">
          <InsnPanel listing={listing} />
          <RelocationList listing={listing} />
        </div>
      </div>
    </>
  )
}

const isInsn = (row: Row): boolean => row.kind === 'insn'

const linesOf = (row: Row): number => (row.kind === 'insn' && hasNote(row.report) ? 2 : 1)

function renderRow(row: Row): JSX.Element {
  switch (row.kind) {
    case 'function':
      return (
        <span class="row function">
          <span class="insn" />
          <code dir="ltr">{visible(row.name)}:</code> <span class="where">from {visible(row.section)}</span>
        </span>
      )
    case 'source':
      return (
        <span class="row source">
          <span class="insn">{row.source.lineNumber}</span>
          <code dir="ltr">{visible(row.source.text)}</code>
        </span>
      )
    case 'insn':
      return <InsnRow report={row.report} />
  }
}

function InsnRow({ report }: { readonly report: InsnReport }): JSX.Element {
  const { insn, after, before, relocations } = report
  return (
    <>
      <span class="row">
        <span class="insn">{insn}</span>
        <code dir="ltr">{visible(after.text)}</code>
        <span class="bytes">{spacedBytes(after.bytes)}</span>
      </span>
      {hasNote(report) && (
        <span class="row note">
          <span class="insn" />
          {before !== undefined && (
            <span>
              was <code dir="ltr">{visible(before.text)}</code>
            </span>
          )}
          {relocations.map((relocation, index) => (
            <span
              key={index}
              class={`why ${relocation.kind === 'core' && relocation.poisoned ? 'poisoned' : relocation.kind}`}
            >
              {visible(relocationTitle(relocation))}
            </span>
          ))}
        </span>
      )}
    </>
  )
}

const picks: Readonly<Record<Row['kind'], Pick<View, 'pick'>>> = {
  function: { pick: 'function' },
  source: { pick: 'line' },
  insn: {},
}

/** Where in the list the rows are, by sort and by the instruction that they are or that follows. */
type Places = Readonly<Record<Row['kind'], ReadonlyMap<number, number>>>

function placesOf(rows: readonly Row[]): Places {
  const places = {
    function: new Map<number, number>(),
    source: new Map<number, number>(),
    insn: new Map<number, number>(),
  }
  rows.forEach((row, index) => places[row.kind].set(row.insn, index))
  return places
}

function placeOf(places: Places, insn: number, pick: View['pick']): number | undefined {
  const before = pick === 'line' ? places.source : pick === 'function' ? places.function : undefined
  return before?.get(insn) ?? places.insn.get(insn)
}

/** What belongs to an instruction: its C line and all that comes of it, its like, and where it goes. */
function litRows(listing: Listing, insn: number | undefined): ReadonlyMap<number, string> {
  const lit = new Map<number, string>()
  const report = insn === undefined ? undefined : listing.insns.get(insn)
  if (report === undefined) return lit
  const source = listing.sourceOf.get(report.insn)
  const ofLine = new Set(source === undefined ? [] : listing.insnsOf.get(lineKey(source)))
  const titles = new Set(report.relocations.map(relocationTitle))
  const target = jumpTarget(report)
  listing.rows.forEach((row, index) => {
    if (row.kind === 'insn') {
      if (ofLine.has(row.insn)) lit.set(index, 'same-line')
      if (row.insn === target) lit.set(index, 'jump-target')
      if (row.report.relocations.some((one) => titles.has(relocationTitle(one)))) {
        lit.set(index, `${lit.get(index) ?? ''} same-target`)
      }
    } else if (row.kind === 'source' && source !== undefined && lineKey(row.source) === lineKey(source)) {
      lit.set(index, 'same-line')
    }
  })
  return lit
}

/** The relocations of a program by themselves, linked with its listing both ways. */
function RelocationList({ listing }: { readonly listing: Listing }): JSX.Element {
  const { view, show } = usePage()
  const { relocated, program } = listing
  const source = view.insn === undefined ? undefined : listing.sourceOf.get(view.insn)
  const lit = useMemo(() => {
    const ofLine = new Set(source === undefined ? [] : listing.insnsOf.get(lineKey(source)))
    return new Map(
      relocated.flatMap(({ insn }, index) => (ofLine.has(insn) ? [[index, 'same-line'] as const] : [])),
    )
  }, [listing, source])
  const selected = relocated.findIndex(({ insn }) => insn === view.insn)
  return (
    <section class="relocated" aria-labelledby="relocated-title">
      <h3 id="relocated-title">Relocations of this program</h3>
      {relocated.length === 0 ? (
        <Nothing>It needs none: its instructions are as the compiler wrote them.</Nothing>
      ) : (
        <WindowedList
          label="Relocations of this program"
          items={relocated}
          linesOf={oneLine}
          render={renderRelocated}
          selected={selected < 0 ? undefined : selected}
          lit={lit}
          onSelect={(index, how) => {
            const insn = relocated[index]?.insn
            if (insn !== undefined) show({ chapter: 'relocations', program: program.name, insn }, how)
          }}
        />
      )}
    </section>
  )
}

const oneLine = (): number => 1

function renderRelocated({ insn, relocations }: InsnReport): JSX.Element {
  return (
    <span class="row">
      <span class="insn">{insn}</span>
      {relocations.length === 0 ? 'changed' : visible(relocations.map(relocationTitle).join('; '))}
    </span>
  )
}
