/**
 * Pages of the tour: what is shown of a command's output is written into them by a script. A page says where, in a comment that
 * readers do not see:
 *
 *     <!-- $ rawbpf explain bpf/bootstrap.bpf.o --step maps
 *          from /^map rb/ to /BPF_MAP_CREATE/
 *          from /^Global variables/ -->
 *
 * Behind it comes the block, with the command and the lines that the patterns cut out of its output; where lines are left out it
 * has `...`. Patterns are searched one after the other, each behind the line that the last one ended at. `to` is included, and may
 * be `to end`; without one it is the line of `from` alone. Without any `from` it is the whole output.
 *
 * A prompt of `#` in place of `$` is a command that asks the running kernel, as root. Below its block is the kernel that answered.
 * Such a command may have a line `while COMMAND`: it runs until it is interrupted, and meanwhile the command behind `while` is run,
 * again and again until the output has what is shown of it, or for some seconds.
 *
 * A line `exit 1` is for a command that ends so.
 */

/** A command, and what of its output is shown. */
export interface Directive {
  readonly command: string
  readonly asks: 'nobody' | 'the kernel'
  readonly cuts: readonly Cut[]
  readonly exitCode: number
  /** What runs meanwhile, by a shell. */
  readonly meanwhile: string | undefined
  /** Counts from 1. */
  readonly line: number
}

export interface Cut {
  readonly from: RegExp
  readonly to: RegExp | 'end' | undefined
}

/** A directive with the block that is below it. */
export interface Block {
  readonly directive: Directive
  /** The lines of the block, without its fences and the command. */
  readonly shown: readonly string[]
  /** What is below it of the kernel that was asked. */
  readonly kernel: string | undefined
}

export type PagePart =
  | { readonly kind: 'text'; readonly lines: readonly string[] }
  | { readonly kind: 'block'; readonly block: Block }

/** What is wrong with a page. */
export class TourError extends Error {}

const FENCE = '```'

/** @throws TourError for a directive that cannot be read */
export function parsePage(text: string): readonly PagePart[] {
  const lines = text.split('\n')
  const parts: PagePart[] = []
  let plain: string[] = []
  let at = 0
  while (at < lines.length) {
    if (!/^<!-- [$#] /.test(lines[at] ?? '')) {
      plain.push(lines[at++] ?? '')
      continue
    }
    const end = lines.findIndex((line, index) => index >= at && line.endsWith('-->'))
    if (end === -1) throw new TourError(`line ${at + 1}: the comment does not end`)
    const directive = parseDirective(lines.slice(at, end + 1), at + 1)
    const block = readBlock(lines, end + 1, directive)
    parts.push({ kind: 'text', lines: plain }, { kind: 'block', block: { directive, ...block } })
    plain = []
    at = block.next
  }
  return [...parts, { kind: 'text', lines: plain }]
}

function parseDirective(comment: readonly string[], line: number): Directive {
  const text = comment
    .join('\n')
    .replace(/^<!-- /, '')
    .replace(/\s*-->$/, '')
  const [head = '', ...clauses] = text.split('\n').map((each) => each.trim())
  const cuts: Cut[] = []
  let exitCode = 0
  let meanwhile: string | undefined
  for (const clause of clauses) {
    const [, from, to, end] = /^from \/(.*?)\/(?: to (?:\/(.*)\/|(end)))?$/.exec(clause) ?? []
    const code = /^exit (\d+)$/.exec(clause)?.[1]
    const running = /^while (.+)$/.exec(clause)?.[1]
    if (from !== undefined)
      cuts.push({ from: new RegExp(from), to: to === undefined ? endOf(end) : new RegExp(to) })
    else if (code !== undefined) exitCode = Number(code)
    else if (running !== undefined) meanwhile = running
    else throw new TourError(`line ${line}: cannot read '${clause}'`)
  }
  const asks = head.startsWith('#') ? 'the kernel' : 'nobody'
  return { command: head.slice(2), asks, cuts, exitCode, meanwhile, line }
}

function endOf(word: string | undefined): 'end' | undefined {
  return word === undefined ? undefined : 'end'
}

/** The block that is there already, or none where the page is new. */
function readBlock(
  lines: readonly string[],
  start: number,
  { asks }: Directive,
): { readonly shown: readonly string[]; readonly kernel: string | undefined; readonly next: number } {
  const open = skipBlank(lines, start)
  if (lines[open] !== `${FENCE}console`) return { shown: [], kernel: undefined, next: start }
  const close = lines.indexOf(FENCE, open)
  if (close === -1) throw new TourError(`line ${open + 1}: the block does not end`)
  const shown = lines.slice(open + 2, close)
  const below = skipBlank(lines, close + 1)
  const kernel = asks === 'the kernel' ? /^<sub>(.*)<\/sub>$/.exec(lines[below] ?? '')?.[1] : undefined
  return { shown, kernel, next: kernel === undefined ? close + 1 : below + 1 }
}

function skipBlank(lines: readonly string[], start: number): number {
  const found = lines.findIndex((line, index) => index >= start && line !== '')
  return found === -1 ? lines.length : found
}

/** The page with other blocks: directives stay as they are. */
export function printPage(text: string, blocks: readonly Block[]): string {
  const lines = text.split('\n')
  const printed: string[] = []
  let next = 0
  for (const part of parsePage(text)) {
    if (part.kind === 'text') {
      printed.push(...part.lines)
      continue
    }
    const { directive } = part.block
    const end = lines.findIndex((line, index) => index >= directive.line - 1 && line.endsWith('-->'))
    printed.push(...lines.slice(directive.line - 1, end + 1), ...blockLines(blocks[next++] ?? part.block))
  }
  return printed.join('\n')
}

function blockLines({ directive: { command, asks }, shown, kernel }: Block): readonly string[] {
  const prompt = asks === 'the kernel' ? '#' : '$'
  const block = ['', `${FENCE}console`, `${prompt} ${command}`, ...shown, FENCE]
  return kernel === undefined ? block : [...block, '', `<sub>${kernel}</sub>`]
}

/** @throws TourError where a pattern is not found */
export function cutOutput({ command, cuts, line }: Directive, output: string): readonly string[] {
  const lines = output.replace(/\n+$/, '').split('\n')
  if (cuts.length === 0) return lines
  const shown: string[] = []
  let at = 0
  const find = (pattern: RegExp, start: number): number => {
    const found = lines.findIndex((each, index) => index >= start && pattern.test(each))
    if (found !== -1) return found
    throw new TourError(
      `line ${line}: the output of ${command} has no ${String(pattern)} from line ${start + 1} on`,
    )
  }
  for (const { from, to } of cuts) {
    const first = find(from, at)
    const last = to === 'end' ? lines.length - 1 : to === undefined ? first : find(to, first + 1)
    if (first > at) shown.push('...')
    shown.push(...lines.slice(first, last + 1))
    at = last + 1
  }
  while (shown.at(-1) === '') shown.pop()
  return at < lines.length ? [...shown, '...'] : shown
}

/** Whether an output has all that is shown of it. */
export function showsAll(directive: Directive, output: string): boolean {
  try {
    return cutOutput(directive, output).length > 0
  } catch (error) {
    if (error instanceof TourError) return false
    throw error
  }
}

/**
 * What is left of an output where another run, of another day, may have other numbers: ids, times, addresses, the columns that make
 * room for them, the places where lines are broken, and what came in between.
 */
export function shapeOf(lines: readonly string[]): string {
  return lines
    .filter((line) => line !== '...')
    .join(' ')
    .replaceAll(/0x[0-9a-f]+|\d+/g, 'N')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
