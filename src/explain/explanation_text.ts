import type { ChapterName, Explanation, FailureReport } from './explanation.ts'
import { escaped } from './quoted.ts'
import { chapters, type Teaching } from './teaching.ts'
import { attachText } from './text/attach_text.ts'
import { coreText } from './text/core_text.ts'
import { fileText } from './text/file_text.ts'
import { wrap } from './text/layout.ts'
import { mapsText } from './text/maps_text.ts'
import { programsText } from './text/programs_text.ts'
import { relocationsText } from './text/relocations_text.ts'
import { syscallsText } from './text/syscalls_text.ts'
import { verifierText } from './text/verifier_text.ts'

const texts: Readonly<Record<ChapterName, (explanation: Explanation) => readonly string[]>> = {
  file: ({ chapters: { file } }) => fileText(file),
  maps: ({ chapters: { maps } }) => mapsText(maps),
  programs: ({ chapters: { programs } }) => programsText(programs),
  relocations: ({ chapters: { relocations } }) => relocationsText(relocations),
  core: coreText,
  syscalls: ({ chapters: { syscalls } }) => syscallsText(syscalls),
  verifier: verifierText,
  attach: ({ chapters: { attach } }) => attachText(attach),
}

/**
 * An explanation as text for a terminal of 80 columns. Ends with a newline.
 *
 * @param only One chapter; all where none is named.
 */
export function explanationText(explanation: Explanation, only?: ChapterName): string {
  const shown = chapters.filter(({ name }) => only === undefined || name === only)
  const lines = [
    ...headLines(explanation),
    ...shown.flatMap((teaching) => ['', ...chapterLines(explanation, teaching)]),
  ]
  return `${lines.map(escaped).join('\n')}\n`
}

function headLines({ object, size, target, calls, failures }: Explanation): readonly string[] {
  const types =
    target === undefined ? 'no kernel types were needed' : `types of ${target.name}: ${target.typeCount}`
  const how =
    calls === 'issued'
      ? 'Loaded into this kernel, attached, and both undone.'
      : 'A rehearsal: the system calls are those of a load, their results are assumed.'
  const [first, ...others] = failures
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  return [
    ...wrap(`${object}: ${size} bytes; ${types}`),
    ...wrap(how),
    ...(first === undefined ? [] : wrap(`It fails: see ${titleOf(first.chapter)}${more}.`)),
  ]
}

function titleOf(name: ChapterName): string {
  const index = chapters.findIndex((each) => each.name === name)
  return `chapter ${index + 1}, ${chapters[index]?.title ?? name}`
}

function chapterLines(explanation: Explanation, teaching: Teaching): readonly string[] {
  const { name, title, text, document, source } = teaching
  const heading = `${chapters.indexOf(teaching) + 1}. ${title}`
  const failures = explanation.failures.filter(({ chapter }) => chapter === name)
  const body = texts[name](explanation)
  const underlined = [heading, '='.repeat(heading.length), '']
  if (body.length === 0 && failures.length === 0 && explanation.failures.length > 0)
    return [...underlined, 'The load does not get that far, or the object has nothing of this kind.']
  return [
    ...underlined,
    ...wrap(text),
    '',
    ...wrap(`${document.title}: ${document.url}`, '  kernel: ', '          '),
    `  source: ${source}`,
    '',
    ...(body.length === 0 && failures.length === 0 ? ['The object has nothing of this kind.'] : body),
    ...failures.flatMap((failure, index) => [
      ...(body.length === 0 && index === 0 ? [] : ['']),
      ...failureLines(failure),
    ]),
  ]
}

function failureLines({ code, message, program }: FailureReport): readonly string[] {
  const of = program === undefined ? '' : ` (program ${program})`
  return [...wrap(`FAILED${of}, ${code}:`), ...wrap(message, '  ', '    ')]
}
