import { describe, expect, it } from 'vitest'
import { type Block, parsePage, TourError } from '../../scripts/tour-page.ts'
import { edited, stepsOf } from '../../scripts/walk-page.ts'
import { differences } from '../../scripts/walk.ts'

const page = `# A page

<!-- do -->

\`\`\`console
$ mkdir one
# mount two
\`\`\`

<!-- file a.ts -->

\`\`\`ts
one

two
\`\`\`

<!-- edit a.ts -->

\`\`\`diff
-one
+three
+four

\`\`\`

<!-- $ npx a -->

\`\`\`console
$ npx a
12 things
\`\`\`

\`\`\`console
$ not taken
\`\`\`
`

const edit = { kind: 'edit', name: 'a.ts', before: 'one\n\n', after: 'three\nfour\n\n' } as const

describe('a page that is walked', () => {
  it('is what its reader types, writes and sees, in order', () => {
    expect(stepsOf(page)).toMatchObject([
      { kind: 'do', commands: ['mkdir one', 'mount two'] },
      { kind: 'file', name: 'a.ts', text: 'one\n\ntwo\n' },
      edit,
      { kind: 'show', block: { directive: { command: 'npx a' }, shown: ['12 things'] } },
    ])
  })

  it('edits a file where what is there before is there once', () => {
    expect(edited('zero\none\n\ntwo\n', edit)).toBe('zero\nthree\nfour\n\ntwo\n')
    expect(() => edited('zero\n', edit)).toThrow('what a.ts is edited at is there 0 times:\none\n')
    expect(() => edited('one\n\none\n\n', edit)).toThrow('is there 2 times')
  })

  it('has a block behind each comment', () => {
    for (const text of ['<!-- do -->', '<!-- do -->\n\ntext\n\n```\nx\n```', '<!-- file a -->\n\n```\nx'])
      expect(() => stepsOf(text)).toThrow(TourError)
  })

  it('shows what there is, numbers aside', () => {
    const block = parsePage(page).flatMap((part): readonly Block[] =>
      part.kind === 'block' ? [part.block] : [],
    )[0]!
    expect(differences([{ block, now: ['7 things'] }])).toEqual([])
    expect(differences([{ block, now: ['7 other things'] }])).toEqual([
      'line 27: npx a prints something else:\n7 other things',
    ])
  })
})
