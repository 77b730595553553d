import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Directive, parsePage } from '../../scripts/tour-page.ts'
import { anchorsOf, brokenLinks, linksOf, namesIn, proseOf, repository } from './links.ts'

const docs = join(repository, 'docs')
const tour = join(docs, 'tour')
const chaptersOf = (language: 'en' | 'ko'): readonly string[] =>
  readdirSync(join(tour, language))
    .sort()
    .map((name) => join(tour, language, name))

const english = chaptersOf('en')
const korean = chaptersOf('ko')
const pairs = english.map((page, index) => [basename(page), page, korean[index] ?? ''] as const)
const pages = [
  join(repository, 'README.md'),
  ...readdirSync(docs, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(docs, name)),
]

const read = (page: string): string => readFileSync(page, 'utf8')

/** The links of a page as seen from the repository, with the language left out, and the names that they promise. */
function comparable(page: string): readonly string[] {
  return linksOf(read(page))
    .map((link) => {
      if (/^https?:/.test(link.target)) return link.target
      const path = relative(tour, join(dirname(page), link.target)).replace(/^(en|ko)\//, 'LANGUAGE/')
      return [path, ...namesIn(link)].join(' ')
    })
    .sort()
}

/** What the page shows, without what is said about it. */
function blocksOf(page: string): readonly string[] {
  return parsePage(read(page)).flatMap((part) =>
    part.kind === 'block' ? [printed(part.block.directive), ...part.block.shown] : [],
  )
}

function printed({ command, asks, cuts, exitCode, meanwhile }: Directive): string {
  const patterns = cuts.flatMap(({ from, to }) => [String(from), String(to)])
  return [asks, command, exitCode, meanwhile, ...patterns].join(' | ')
}

const sourceBlocksOf = (page: string): readonly string[] => [
  ...(read(page).match(/^```c\n.*?^```$/gms) ?? []),
]

describe('the documents', () => {
  it.each(pages.map((page) => [relative(repository, page), page]))(
    '%s has links to what is there',
    (_, page) => {
      expect(brokenLinks(page)).toEqual([])
    },
  )

  it('are checked by something that finds broken links', () => {
    expect(linksOf('[a `b` in\n c](d.ts) and `[x](y)` [e](#f)')).toContainEqual({
      text: 'a `b` in c',
      target: 'd.ts',
    })
    expect(namesIn({ text: '`A.b` of `src/c.ts`', target: '' })).toEqual(['A', 'b'])
    const page = join(repository, 'test', 'docs', 'broken.md')
    expect(brokenLinks(page).map((each) => each.replace(/^.*: /, ''))).toEqual([
      'there is no such file',
      'the file has no nobody',
      'no such heading',
    ])
    expect([...anchorsOf('# bpf(2), `x` — 로드 둘러보기')]).toEqual(['bpf2-x--로드-둘러보기'])
  })
})

describe('the tour', () => {
  it('has the same ten chapters in both languages', () => {
    expect(english).toHaveLength(10)
    expect(korean.map((page) => basename(page))).toEqual(english.map((page) => basename(page)))
  })

  it('lists them all, in order, for both languages', () => {
    const listed = linksOf(read(join(tour, 'README.md'))).map(({ target }) => target)
    for (const chapters of [english, korean]) {
      const expected = chapters.map((page) => relative(tour, page))
      expect(listed.filter((target) => expected.includes(target))).toEqual(expected)
    }
  })

  it.each(pairs)('%s shows the same in both languages', (_, en, ko) => {
    expect(blocksOf(ko)).toEqual(blocksOf(en))
    expect(sourceBlocksOf(ko)).toEqual(sourceBlocksOf(en))
  })

  it.each(pairs)('%s links to the same in both languages', (_, en, ko) => {
    const other = (links: readonly string[]): readonly string[] =>
      links.filter((link) => !link.startsWith('LANGUAGE/'))
    expect(other(comparable(ko))).toEqual(other(comparable(en)))
    expect(linksOf(read(en)).at(-1)?.target).toBe(`../ko/${basename(en)}`)
    expect(linksOf(read(ko)).at(-1)?.target).toBe(`../en/${basename(ko)}`)
  })

  it.each([...english, ...korean].map((page) => [relative(tour, page), page]))(
    '%s has three exercises, each with its answer',
    (_, page) => {
      const prose = proseOf(read(page))
      expect(prose.match(/^\*\*\d\.\*\* /gm)).toEqual(['**1.** ', '**2.** ', '**3.** '])
      expect(prose.match(/^<details>$/gm)).toHaveLength(3)
      expect(prose.match(/^<\/details>$/gm)).toHaveLength(3)
      expect(prose.match(/^<summary>(Answer|풀이)<\/summary>$/gm)).toHaveLength(3)
    },
  )

  it.each([...english, ...korean].map((page) => [relative(tour, page), page]))(
    '%s has no output that was pasted',
    (_, page) => {
      const blocks = read(page).match(/^```console$/gm) ?? []
      expect(parsePage(read(page)).filter(({ kind }) => kind === 'block')).toHaveLength(blocks.length)
    },
  )

  it.each(pairs)('%s quotes C that is in a source', (_, en) => {
    const sources = ['bpf/bootstrap.bpf.c', 'docs/tour/lifetime.bpf.c'].map((path) =>
      squeezed(readFileSync(join(repository, path), 'utf8')),
    )
    for (const block of sourceBlocksOf(en)) {
      const code = squeezed(block.replaceAll(/^```.*$/gm, ''))
      expect(sources.some((source) => source.includes(code))).toBe(true)
    }
  })

  it('names commands in its text that the command line has', () => {
    const inline = [...english, ...korean].flatMap(
      (page) => proseOf(read(page)).match(/`rawbpf [^`]+`/g) ?? [],
    )
    const commands = [...new Set(inline.map((code) => code.slice('`rawbpf '.length, -1)))].filter((command) =>
      /^[a-z]/.test(command),
    )
    expect(commands.length).toBeGreaterThan(5)
    for (const command of commands) {
      const [name = '', ...rest] = command.split(' ')
      const help = helpOf(name === 'prog' ? `prog ${rest[0] ?? ''}` : name)
      for (const option of rest.filter((word) => word.startsWith('-'))) expect(help).toContain(option)
    }
  })

  it('shows what the commands print', () => {
    // As somebody without privileges: what asks a kernel is left alone, which .ci/run does as root.
    const script = ['--import', 'tsx', 'scripts/build-tour.ts', '--check', '--unprivileged']
    const output = execFileSync(process.execPath, script, { cwd: repository, encoding: 'utf8' })
    expect(output).toMatch(/^20 pages, \d+ commands/)
  })
})

const helps = new Map<string, string>()

function helpOf(names: string): string {
  const known = helps.get(names)
  if (known !== undefined) return known
  const args = ['--import', 'tsx', 'src/cli.ts', ...names.split(' '), '--help']
  const help = execFileSync(process.execPath, args, { cwd: repository, encoding: 'utf8' })
  helps.set(names, help)
  return help
}

/** Without indentation and line breaks. */
function squeezed(code: string): string {
  return code.replaceAll(/\s+/g, ' ').trim()
}
