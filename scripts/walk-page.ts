/**
 * docs/write-a-tool.md as steps that can be taken: what its reader types, writes and sees. Comments that readers do not see say what
 * a block is:
 *
 *     <!-- do -->            commands whose output is not shown
 *     <!-- file NAME -->     a whole file
 *     <!-- edit NAME -->     a diff: its lines that are there before stand in the file, once
 *     <!-- $ COMMAND ...     a command and its output, as tour-page.ts has them
 */
import { type Block, parsePage, TourError } from './tour-page.ts'

export type WalkStep =
  | { readonly kind: 'do'; readonly commands: readonly string[] }
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | { readonly kind: 'edit'; readonly name: string; readonly before: string; readonly after: string }
  | { readonly kind: 'show'; readonly block: Block }

/** @throws TourError for a comment without a block, and what `parsePage` throws */
export function stepsOf(page: string): readonly WalkStep[] {
  return parsePage(page).flatMap((part): readonly WalkStep[] =>
    part.kind === 'block' ? [{ kind: 'show', block: part.block }] : stepsIn(part.lines),
  )
}

function stepsIn(lines: readonly string[]): readonly WalkStep[] {
  return lines.flatMap((line, index) => {
    const [, kind, name = ''] = /^<!-- (do|file|edit)(?: (\S+))? -->$/.exec(line) ?? []
    return kind === undefined ? [] : [stepOf(kind, name, blockBehind(lines, index + 1, line))]
  })
}

function stepOf(kind: string, name: string, block: readonly string[]): WalkStep {
  if (kind === 'do') return { kind, commands: block.map((line) => line.replace(/^[$#] /, '')) }
  if (kind === 'file') return { kind, name, text: block.map((line) => `${line}\n`).join('') }
  return { kind: 'edit', name, before: sideOf(block, '-'), after: sideOf(block, '+') }
}

/** The lines that a diff has on one side. */
function sideOf(diff: readonly string[], sign: '+' | '-'): string {
  const lines = diff.filter((line) => line === '' || line.startsWith(' ') || line.startsWith(sign))
  return lines.map((line) => `${line.slice(1)}\n`).join('')
}

function blockBehind(lines: readonly string[], start: number, comment: string): readonly string[] {
  const open = lines.findIndex((line, index) => index >= start && line !== '')
  const close = lines.indexOf('```', open + 1)
  if (open === -1 || close === -1 || !lines[open]?.startsWith('```'))
    throw new TourError(`${comment}: there is no block behind it`)
  return lines.slice(open + 1, close)
}

/** What an edit makes of a file. */
export function edited(text: string, { name, before, after }: Extract<WalkStep, { kind: 'edit' }>): string {
  const parts = text.split(before)
  if (parts.length === 2) return parts.join(after)
  throw new TourError(`what ${name} is edited at is there ${parts.length - 1} times:\n${before}`)
}
