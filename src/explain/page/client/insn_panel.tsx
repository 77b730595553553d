import type { JSX } from 'preact'
import type { SourceReport } from '../../explanation.ts'
import type { InsnReport } from '../../program_report.ts'
import { jumpTarget, lineKey, type Listing, spacedBytes } from '../listing.ts'
import type { NumberedAccess } from '../page_model.ts'
import { relocationTitle } from '../relocation_words.ts'
import { visible } from '../visible.ts'
import { outcomeTones, valueChange } from './core_words.ts'
import { StatesAt } from './states.tsx'
import { usePage } from './store.ts'
import { Badge, Code, To } from './text.tsx'

/** All that is known of the instruction that is selected. */
export function InsnPanel({ listing }: { readonly listing: Listing }): JSX.Element {
  const { model, view } = usePage()
  const { program } = listing
  const report = view.insn === undefined ? undefined : listing.insns.get(view.insn)
  if (report === undefined) {
    return (
      <section class="panel" aria-label="Instruction">
        <p class="nothing">
          {view.insn === undefined
            ? 'Pick an instruction, a C line or a relocation: what belongs together lights up, and the details are here.'
            : `There is no instruction ${view.insn} in this program; the second slot of a 64-bit load has no number of its own.`}
        </p>
      </section>
    )
  }
  const { insn } = report
  const source = listing.sourceOf.get(insn)
  const symbol = model.symbolAt(program.name, insn)
  return (
    <section class="panel" aria-labelledby="panel-title">
      <h3 id="panel-title">
        Instruction {insn}{' '}
        <span class="where">in {visible(listing.functionOf.get(insn) ?? program.name)}</span>
      </h3>
      <Change report={report} loaded={model.loadedAt(program.name, insn)} />
      <Jump listing={listing} report={report} />
      {source !== undefined && <SourceLine listing={listing} source={source} insn={insn} />}
      {symbol !== undefined && (
        <>
          <h4>In the ELF file</h4>
          <p>
            <Code>{symbol}</Code>
          </p>
        </>
      )}
      <Relocations report={report} />
      {model.accessesAt(program.name, insn).map((numbered) => (
        <Access key={numbered.number} numbered={numbered} />
      ))}
      <StatesAt listing={listing} insn={insn} />
    </section>
  )
}

function Change({
  report: { before, after },
  loaded,
}: {
  readonly report: InsnReport
  readonly loaded: string | undefined
}): JSX.Element {
  return (
    <dl class="change">
      {before !== undefined && (
        <div>
          <dt>Before</dt>
          <dd>
            <Code>{before.text}</Code>
            <span class="bytes">{spacedBytes(before.bytes)}</span>
          </dd>
        </div>
      )}
      <div>
        <dt>{before === undefined ? 'Unchanged' : 'After'}</dt>
        <dd>
          <Code>{after.text}</Code>
          <span class="bytes">{spacedBytes(after.bytes)}</span>
        </dd>
      </div>
      {loaded !== undefined && (
        <div>
          <dt>Loaded</dt>
          <dd>
            <Code>{loaded}</Code>
          </dd>
        </div>
      )}
    </dl>
  )
}

function Jump({
  listing,
  report,
}: {
  readonly listing: Listing
  readonly report: InsnReport
}): JSX.Element | null {
  const target = jumpTarget(report)
  if (target === undefined || !listing.insns.has(target)) return null
  return (
    <p>
      Goes to <ToInsn program={listing.program.name} insn={target} />.
    </p>
  )
}

function ToInsn({ program, insn }: { readonly program: string; readonly insn: number }): JSX.Element {
  return (
    <To view={{ chapter: 'relocations', program, insn }} label={`Instruction ${insn}`}>
      {insn}
    </To>
  )
}

/** More are lit up in the listing anyway. */
const SHOWN = 24

function SourceLine({
  listing,
  source,
  insn,
}: {
  readonly listing: Listing
  readonly source: SourceReport
  readonly insn: number
}): JSX.Element {
  const all = listing.insnsOf.get(lineKey(source)) ?? []
  const others = all.filter((one) => one !== insn)
  return (
    <>
      <h4>C line</h4>
      <pre class="line" tabIndex={0} role="region" aria-label="C line">
        <Code>{source.text === '' ? '(the object does not have its text)' : source.text}</Code>
      </pre>
      <p class="where">
        <Code>{lineKey(source)}</Code>
      </p>
      {others.length > 0 && (
        <p class="others">
          Also instruction{others.length > 1 ? 's ' : ' '}
          {others.slice(0, SHOWN).map((one) => (
            <ToInsn key={one} program={listing.program.name} insn={one} />
          ))}
          {others.length > SHOWN && `and ${others.length - SHOWN} more`}
        </p>
      )}
    </>
  )
}

function Relocations({ report }: { readonly report: InsnReport }): JSX.Element | null {
  const { explanation } = usePage().model
  const others = report.relocations.filter(({ kind }) => kind !== 'core')
  if (others.length === 0) return null
  const maps = new Set(explanation.chapters.maps.maps.map(({ name }) => name))
  return (
    <>
      <h4>Relocation</h4>
      {others.map((relocation, index) => (
        <p key={index}>
          {visible(relocationTitle(relocation))}
          {relocation.kind === 'map' && maps.has(relocation.map) && (
            <>
              {': '}
              <To view={{ chapter: 'maps', item: relocation.map }}>its definition</To>
            </>
          )}
          {relocation.kind === 'extern' && (
            <>
              {': '}
              <To view={{ chapter: 'maps', item: relocation.extern }}>its declaration</To>
            </>
          )}
        </p>
      ))}
    </>
  )
}

function Access({ numbered: { number, access } }: { readonly numbered: NumberedAccess }): JSX.Element {
  return (
    <>
      <h4>CO-RE access {number}</h4>
      <p>
        <Code>{access.expression}</Code>
      </p>
      <p>
        {visible(access.question)} <Code>{access.subject}</Code>
      </p>
      <p>
        {valueChange(access)} <Badge tone={outcomeTones[access.outcome]}>{access.outcome}</Badge>
      </p>
      <p>
        <To view={{ chapter: 'core', access: number }}>Open its structs</To>
      </p>
    </>
  )
}
