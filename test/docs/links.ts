import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

export const repository = join(import.meta.dirname, '..', '..')

/** A link of a page, as it is written. */
export interface DocumentLink {
  readonly text: string
  readonly target: string
}

/** What readers see of a page: no comments, no code blocks. */
export function proseOf(markdown: string): string {
  return markdown.replaceAll(/^```.*?^```$/gms, '').replaceAll(/<!--.*?-->/gs, '')
}

export function linksOf(markdown: string): readonly DocumentLink[] {
  const links = proseOf(markdown).matchAll(/\[((?:[^\][]|\[[^\]]*\])+)\]\(([^)\s]+)\)/g)
  return [...links].map(([, text = '', target = '']) => ({ text: text.replaceAll(/\s+/g, ' '), target }))
}

/** The names in backticks that the target has to have: `Class.method` is two, and what is a path or a command none. */
export function namesIn({ text }: DocumentLink): readonly string[] {
  return [...text.matchAll(/`(\w+(?:\.\w+)*)`/g)].flatMap(([, name = '']) => name.split('.'))
}

/** GitHub's anchor of a heading: lower case, without punctuation, with hyphens for spaces. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const headings = [...proseOf(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading)
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

/** What is wrong with the links of a page, none of which is followed out of the repository. */
export function brokenLinks(page: string): readonly string[] {
  const markdown = readFileSync(page, 'utf8')
  return linksOf(markdown).flatMap((link) => {
    if (/^https?:/.test(link.target)) return []
    const [path = '', anchor] = link.target.split('#')
    const file = path === '' ? page : join(dirname(page), path)
    const shown = `${relative(repository, page)}: [${link.text}](${link.target})`
    if (!existsSync(file)) return [`${shown}: there is no such file`]
    if (statSync(file).isDirectory()) return []
    const text = readFileSync(file, 'utf8')
    if (anchor !== undefined && !anchorsOf(text).has(anchor)) return [`${shown}: no such heading`]
    if (file.endsWith('.md')) return []
    const missing = namesIn(link).filter((name) => !new RegExp(`\\b${name}\\b`).test(text))
    return missing.map((name) => `${shown}: the file has no ${name}`)
  })
}
