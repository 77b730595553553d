import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { explanationPage } from '../../../src/explain/page/explanation_page.ts'
import { failedAtOnce, HOSTILE, sample } from './sample.ts'

const page = explanationPage(sample)

const between = (start: string, end: string): string => {
  const from = page.indexOf(start) + start.length
  return page.slice(from, page.indexOf(end, from))
}

const script = between('<script>', '</script>')
const style = between('<style>', '</style>')
const data = between('<script type="application/json" id="explanation">', '</script>')
const policy = between('http-equiv="Content-Security-Policy" content="', '"')

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

describe('the page of an explanation', () => {
  it('allows its own script and style, by their hashes, and nothing else', () => {
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${hashOf(script)}`,
      `style-src ${hashOf(style)}`,
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
    ])
  })

  it('has the values as JSON', () => {
    const read = JSON.parse(data) as typeof sample
    expect(read).toEqual(JSON.parse(JSON.stringify(sample)))
  })

  it('has exactly its own elements, whatever the names in the object are', () => {
    expect(page.match(/<script/g)).toHaveLength(2)
    expect(page.match(/<\/script/g)).toHaveLength(2)
    expect(page).not.toContain('<!--')
    expect(data).not.toMatch(/[<>\u2028\u2029]/)
  })

  it('has no control or direction character as itself outside of the values', () => {
    const named = explanationPage({ ...failedAtOnce, object: HOSTILE })
    const title = /<title>(.*)<\/title>/.exec(named)?.[1]
    expect(title).toBe(
      '&lt;/script&gt;&lt;script&gt;window.hostile=1&lt;/script&gt;&lt;!--\\u202e\\u0007&amp;quot;\\u2028: a BPF load, explained',
    )
  })

  it('refers to nothing that a browser would load by itself', () => {
    const outside = page.replace(script, '').replace(data, '')
    expect(outside).not.toMatch(/\b(?:src|href)\s*=\s*"(?!data:,)/)
    expect(style).not.toMatch(/url\(|@import/)
  })

  it('says what to do where scripts are off', () => {
    expect(page).toMatch(/<noscript>.*rawbpf explain sample\.bpf\.o/s)
  })

  it('names the license of the library in it', () => {
    expect(script).toContain('The MIT License (MIT)')
  })
})
