import type { JSX } from 'preact'
import type { CandidateReport, CoreAccess, PlaceReport } from '../../explanation.ts'
import { visible } from '../visible.ts'
import { offsetText, outcomeTones, valueChange } from './core_words.ts'
import { StructView } from './struct_view.tsx'
import { usePage } from './store.ts'
import { Badge, Code, plural, To } from './text.tsx'

/** A CO-RE access from C to the patched instruction, by way of both sides' types. */
export function AccessPanel({
  number,
  access,
}: {
  readonly number: number
  readonly access: CoreAccess
}): JSX.Element {
  const { expression, question, subject, accessString, kind, source, outcome, candidates, local } = access
  const target = candidates.find(({ matches }) => matches)
  return (
    <section class="panel access" aria-labelledby="panel-title">
      <h3 id="panel-title">
        Access {number} <Badge tone={outcomeTones[outcome]}>{outcome}</Badge>
      </h3>
      <pre class="line" tabIndex={0} role="region" aria-label="C expression">
        <Code>{expression}</Code>
      </pre>
      {source !== undefined && (
        <p class="where">
          <Code>{source.text}</Code>
          <br />
          <Code>{`${source.fileName}:${source.lineNumber}`}</Code>
        </p>
      )}
      <p>
        {visible(question)} <code>{kind}</code> of <Code>{subject}</Code>, access string{' '}
        <Code>{accessString}</Code>: {valueChange(access)}.
      </p>
      <Patch access={access} />
      <div class="beside structs">
        <Side title="In the object" place={local} />
        {target === undefined ? (
          <div class="struct">
            <h4>In the target</h4>
            <p class="nothing">Nothing there matches.</p>
          </div>
        ) : (
          <Side title={`In ${visible(target.btf)}`} place={target.place} />
        )}
      </div>
      <Candidates candidates={candidates} />
      <Places access={access} />
    </section>
  )
}

function Patch({ access: { before, after } }: { readonly access: CoreAccess }): JSX.Element {
  return (
    <dl class="change">
      <div>
        <dt>Before</dt>
        <dd>
          <Code>{before}</Code>
        </dd>
      </div>
      <div>
        <dt>After</dt>
        <dd>
          <Code>{after}</Code>
        </dd>
      </div>
    </dl>
  )
}

function Side({ title, place }: { readonly title: string; readonly place: PlaceReport }): JSX.Element {
  const { model, view } = usePage()
  const { type: key, name, id, bitOffset, members } = place
  const type = key === undefined ? undefined : model.types.get(key)
  const pointed = view.member !== undefined && view.item === key ? view.member : undefined
  return (
    <div class="struct">
      <h4>{title}</h4>
      <p>
        <Code>{name}</Code>, type {id}
        {type !== undefined && `, ${plural(type.size, 'byte')}`}
        {bitOffset !== undefined && `; at ${offsetText(bitOffset)}`}
      </p>
      {type !== undefined && <StructView type={type} marked={members} pointed={pointed} />}
    </div>
  )
}

function Candidates({ candidates }: { readonly candidates: readonly CandidateReport[] }): JSX.Element {
  return (
    <>
      <h4>Who was asked</h4>
      {candidates.length === 0 ? (
        <p class="nothing">
          No type of that name is in the target, or the question is about the object itself.
        </p>
      ) : (
        <ul class="candidates">
          {candidates.map(({ btf, place, matches, why }, index) => (
            <li key={index}>
              <Badge tone={matches ? 'good' : 'plain'}>{matches ? 'matches' : 'does not match'}</Badge>{' '}
              <Code>{place.name}</Code>, type {place.id} of <Code>{btf}</Code>: {visible(why)}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

/** More are all the same function, copied behind other programs. */
const SHOWN = 12

function Places({ access: { function: name, insn, places } }: { readonly access: CoreAccess }): JSX.Element {
  return (
    <>
      <h4>Where</h4>
      <p>
        Instruction {insn} of function <Code>{name}</Code>
        {places.length === 0 && ', which no program has that was linked.'}
      </p>
      <ul class="bare">
        {places.slice(0, SHOWN).map(({ program, insn: place }) => (
          <li key={`${program} ${place}`}>
            <To view={{ chapter: 'relocations', program, insn: place }}>
              instruction {place} of <Code>{program}</Code>
            </To>
          </li>
        ))}
        {places.length > SHOWN && <li>and {places.length - SHOWN} more</li>}
      </ul>
    </>
  )
}
