import { describe, expect, it } from 'vitest'
import {
  type Block,
  cutOutput,
  type Directive,
  parsePage,
  printPage,
  shapeOf,
  TourError,
} from '../../scripts/tour-page.ts'

const page = `# A page

<!-- $ rawbpf explain x.o --step maps
     from /^b/ to /^d/
     from /^f/ -->

some text

<!-- # rawbpf bootstrap --json
     while sh -c 'exit 3'
     from /EXIT/ to end
     exit 1 -->

\`\`\`console
# rawbpf bootstrap --json
old
\`\`\`

<sub>Linux 6.1, x64, 2026-01-02</sub>

the end
`

const blocksOf = (text: string): readonly Block[] =>
  parsePage(text).flatMap((part) => (part.kind === 'block' ? [part.block] : []))

const directive = (text: string): Directive => blocksOf(`<!-- ${text} -->`)[0]!.directive

describe('a page of the tour', () => {
  it('says what is run, and what is shown of it', () => {
    const [first, second] = blocksOf(page)
    expect(first).toMatchObject({
      directive: { command: 'rawbpf explain x.o --step maps', asks: 'nobody', exitCode: 0, line: 3 },
      shown: [],
    })
    expect(first?.directive.cuts).toEqual([
      { from: /^b/, to: /^d/ },
      { from: /^f/, to: undefined },
    ])
    expect(second).toMatchObject({
      directive: { asks: 'the kernel', exitCode: 1, meanwhile: "sh -c 'exit 3'" },
      shown: ['old'],
      kernel: 'Linux 6.1, x64, 2026-01-02',
    })
    expect(second?.directive.cuts).toEqual([{ from: /EXIT/, to: 'end' }])
  })

  it('gets its blocks, and is the same when it gets them again', () => {
    const [first, second] = blocksOf(page)
    const blocks = [
      { ...first!, shown: ['new'] },
      { ...second!, shown: ['newer'], kernel: 'Linux 6.2' },
    ]
    const printed = printPage(page, blocks)
    expect(printed).toContain('-->\n\n```console\n$ rawbpf explain x.o --step maps\nnew\n```\n\nsome text')
    expect(printed).toContain('newer\n```\n\n<sub>Linux 6.2</sub>\n\nthe end')
    expect(printed).not.toContain('old')
    expect(printPage(printed, blocks)).toBe(printed)
    expect(printPage(printed, blocksOf(printed))).toBe(printed)
  })

  it.each(['$ rawbpf x\n fro /a/', '$ rawbpf x\n from a to b'])('may not say %j', (text) => {
    expect(() => directive(text)).toThrow(TourError)
  })
})

describe('cutOutput', () => {
  const output = 'a\nb\nc\nd\ne\nf\ng\n'

  it.each([
    ['$ x', ['a', 'b', 'c', 'd', 'e', 'f', 'g']],
    ['$ x\nfrom /b/ to /d/', ['...', 'b', 'c', 'd', '...']],
    ['$ x\nfrom /a/\nfrom /b/', ['a', 'b', '...']],
    ['$ x\nfrom /b/\nfrom /f/ to end', ['...', 'b', '...', 'f', 'g']],
  ])('cuts by %j', (text, lines) => {
    expect(cutOutput(directive(text), output)).toEqual(lines)
  })

  it.each(['$ x\nfrom /z/', '$ x\nfrom /c/ to /b/', '$ x\nfrom /c/\nfrom /a/'])(
    'finds nothing by %j',
    (text) => {
      expect(() => cutOutput(directive(text), output)).toThrow(/has no/)
    },
  )
})

describe('shapeOf', () => {
  it('is the same for other numbers, other breaks of lines, and other events in between', () => {
    const here = ['took 99 us, of', '  0xff00', '...', 'end']
    expect(shapeOf(['took 1234 us,', '  of 0x12', 'end'])).toBe(shapeOf(here))
    expect(shapeOf(['took 1234 ns,', '  of 0x12', 'end'])).not.toBe(shapeOf(here))
  })
})
