import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { chapters } from '../../src/explain/teaching.ts'
import { sample } from '../explain/page/sample.ts'
import { browserTest, Pages } from './browser.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What of the results of axe is read here. */
interface AxeResults {
  readonly violations: readonly {
    readonly id: string
    readonly impact: string
    readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[]
  }[]
}

const pages = new Pages()
beforeAll(() => pages.open())
afterAll(() => pages.close())

/** What axe finds, whatever it thinks of how bad that is. */
async function violations(page: Page): Promise<readonly string[]> {
  const { violations: found } = await page.evaluate<AxeResults>('axe.run()')
  return found.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${impact} ${id}: ${target.join(' ')}: ${failureSummary}`),
  )
}

const views = [
  ...chapters.map(({ name }) => `#chapter=${name}`),
  '#program=handle_exec&insn=1',
  '#program=handle_exec&insn=3',
  '#chapter=core&access=1',
  '#chapter=core&access=1&member=200&item=vmlinux%23114',
  '#chapter=core&access=2',
  '#chapter=verifier&program=handle_exec&step=2',
  '#chapter=maps&item=rb',
  '#chapter=syscalls&item=2',
]

describe.each(['light', 'dark'] as const)('the page in %s colours', (colorScheme) => {
  browserTest('has nothing that axe objects to, in any chapter', async () => {
    // The policy of the page, which axe is no part of, stays as it is in all other tests.
    const { page } = await pages.show(sample, { colorScheme, bypassCSP: true })
    await page.evaluate(axe)
    const found: string[] = []
    for (const view of views) {
      await page.evaluate(`location.hash = '${view}'`)
      await page.waitForTimeout(50)
      found.push(...(await violations(page)).map((text) => `${view}: ${text}`))
    }
    expect(found).toEqual([])
  })

  browserTest(
    'has nothing that axe objects to in the results of a search, the keys and what folds',
    async () => {
      const { page } = await pages.show(sample, {
        colorScheme,
        bypassCSP: true,
        fragment: '#chapter=verifier',
      })
      await page.evaluate(axe)
      await page.keyboard.press('/')
      await page.keyboard.type('task')
      expect(await violations(page)).toEqual([])
      await page.keyboard.press('Escape')
      for (const summary of await page.locator('summary').all()) await summary.click()
      expect(await violations(page)).toEqual([])
      await page.getByRole('button', { name: 'Keys' }).click()
      expect(await violations(page)).toEqual([])
    },
  )
})
