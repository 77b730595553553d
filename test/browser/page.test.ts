import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { Page } from 'playwright-core'
import { chapters } from '../../src/explain/teaching.ts'
import { failedAtOnce, HOSTILE, large, sample } from '../explain/page/sample.ts'
import { browserTest, Pages } from './browser.ts'

const pages = new Pages()
beforeAll(() => pages.open())
afterAll(() => pages.close())

const selected = (page: Page, list: string): Promise<string> =>
  page.getByRole('listbox', { name: list }).getByRole('option', { selected: true }).innerText()

const listing = 'Instructions of handle_exec'

/** Pixels by which the page is wider than the window. */
const BEYOND = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

/** Milliseconds from the start of the navigation. */
const FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"

const fragmentOf = (page: Page): string => new URL(page.url()).hash

describe('the page in a browser', () => {
  browserTest(
    'asks for nothing besides itself, and has nothing to complain about, in any chapter',
    async () => {
      const { page, complaints } = await pages.show(sample)
      for (const { title } of chapters) {
        await page.getByRole('navigation', { name: 'Chapters', exact: true }).getByText(title).click()
        await page.getByRole('heading', { level: 2, name: title }).waitFor()
      }
      expect(complaints).toEqual([])
      expect(await page.evaluate("'hostile' in window")).toBe(false)
    },
  )

  browserTest('says at the top what failed, with a way to its chapter', async () => {
    const { page } = await pages.show(sample)
    const failures = page.getByRole('region', { name: 'This load failed in 2 places' })
    await failures.getByRole('link', { name: 'The verifier' }).click()
    expect(fragmentOf(page)).toBe('#chapter=verifier&program=handle_exec')
    await page.getByText('r1 was not written on this path').waitFor()
  })

  browserTest('says in each chapter of a load that ended at once why it is empty', async () => {
    const { page, complaints } = await pages.show(failedAtOnce)
    for (const { name } of chapters) {
      await page.evaluate(`location.hash = '#chapter=${name}'`)
      await page.locator(`main[data-chapter=${name}] .nothing`).first().waitFor()
    }
    expect(complaints).toEqual([])
  })

  browserTest('opens at the instruction that the address names', async () => {
    const { page } = await pages.show(sample, { fragment: '#program=handle_exec&insn=3' })
    expect(await selected(page, listing)).toContain('r1 = 0x0 ll')
    const panel = page.getByRole('region', { name: 'Instruction 3' })
    expect(await panel.innerText()).toContain('R_BPF_64_64 against rb of .maps')
    expect(await panel.innerText()).toContain('r1 = map[fd:4]')
  })

  browserTest('lights up what belongs to the instruction that is picked', async () => {
    const { page } = await pages.show(sample, { fragment: '#program=handle_exec' })
    const list = page.getByRole('listbox', { name: listing })
    await list.getByRole('option', { name: /2488/ }).click()
    const lit = await list.locator('.same-line .insn:first-child').allInnerTexts()
    expect(lit.filter((text) => text !== '')).toEqual(['12', '1', '12', '5', '6'])
    expect(await selected(page, 'Relocations of this program')).toContain('struct task_struct.tgid')
    const panel = page.getByRole('region', { name: 'Instruction 1' })
    expect(await panel.innerText()).toContain('R0new\nscalar()')
    await panel.getByRole('link', { name: 'Open its structs' }).click()
    expect(fragmentOf(page)).toBe('#chapter=core&access=1')
  })

  browserTest('goes from a relocation and from a C line to their instructions', async () => {
    const { page } = await pages.show(sample, { fragment: '#program=handle_exec' })
    await page.getByRole('listbox', { name: 'Relocations of this program' }).getByText('map rb').click()
    expect(fragmentOf(page)).toBe('#program=handle_exec&insn=3')
    await page.getByRole('listbox', { name: listing }).getByText('if (!pid)').click()
    expect(fragmentOf(page)).toBe('#program=handle_exec&insn=2&pick=line')
    expect(await page.getByRole('region', { name: 'Instruction 2' }).isVisible()).toBe(true)
  })

  browserTest('is walked through by keys', async () => {
    const { page } = await pages.show(sample, { fragment: '#program=handle_exec&insn=0' })
    await page.getByRole('listbox', { name: listing }).focus()
    await page.keyboard.press('j')
    expect(await selected(page, listing)).toContain('2488')
    await page.keyboard.press('ArrowDown')
    expect(await selected(page, listing)).toContain('if (!pid)')
    await page.keyboard.press('k')
    expect(await selected(page, listing)).toContain('2488')
    await page.keyboard.press('End')
    await page.waitForURL(/insn=9/)
    await page.keyboard.press('?')
    expect(await page.getByRole('dialog', { name: 'Keys' }).isVisible()).toBe(true)
    await page.keyboard.press('Escape')
    expect(await page.getByRole('dialog', { name: 'Keys' }).isVisible()).toBe(false)
  })

  browserTest('is walked through from one end to the other, row by row', async () => {
    const { page } = await pages.show(sample, { fragment: '#program=handle_exec' })
    const list = page.getByRole('listbox', { name: listing })
    const rows = (await list.getByRole('option').allInnerTexts()).length
    await list.focus()
    const seen: string[] = []
    for (const key of ['ArrowDown', 'ArrowUp']) {
      for (let row = 0; row < rows; row++) {
        await page.keyboard.press(key)
        seen.push(await list.getByRole('option', { selected: true }).getAttribute('data-index').then(String))
      }
    }
    const there = Array.from({ length: rows }, (_, row) => String(row))
    expect(seen).toEqual([...there, ...there.toReversed().slice(1), '0'])
  })

  browserTest('goes back and forward', async () => {
    const { page } = await pages.show(sample, { fragment: '#program=handle_exec&insn=3' })
    await page.getByRole('link', { name: 'its definition' }).click()
    await page.getByRole('heading', { name: 'Maps and globals' }).waitFor()
    await page.goBack()
    expect(await selected(page, listing)).toContain('r1 = 0x0 ll')
    await page.goForward()
    expect(await page.locator('.card.picked').innerText()).toContain('BPF_MAP_TYPE_RINGBUF')
  })

  browserTest('opens the structs of an access, folded around the member that is asked for', async () => {
    const { page } = await pages.show(sample, { fragment: '#chapter=core&access=1' })
    const members = page.getByRole('region', { name: 'Members of struct task_struct in vmlinux' })
    expect(await members.locator('.marked').innerText()).toContain('pid_t tgid;')
    expect(await members.locator('.marked').isVisible()).toBe(true)
    expect(await members.getByText('member_60;').count()).toBe(0)
    await members.getByRole('button', { name: '114 more members' }).click()
    expect(await members.getByText('member_60;').count()).toBe(1)
  })

  browserTest('filters accesses by outcome', async () => {
    const { page } = await pages.show(sample, { fragment: '#chapter=core' })
    await page.getByLabel('Outcome').selectOption('poisoned')
    expect(await page.getByRole('listbox', { name: 'CO-RE accesses' }).getByRole('option').count()).toBe(1)
  })

  browserTest('finds, and goes there by keys', async () => {
    const { page } = await pages.show(sample)
    await page.keyboard.press('/')
    await page.keyboard.type('task->tgid')
    const results = page.getByRole('listbox', { name: 'Results' })
    expect(await results.getByRole('option', { selected: true }).innerText()).toContain('CO-RE access')
    await page.keyboard.press('ArrowDown')
    expect(await results.getByRole('option', { selected: true }).innerText()).toContain('C line')
    await page.keyboard.press('Enter')
    expect(fragmentOf(page)).toBe('#program=handle_exec&insn=1&pick=line')
    expect(await results.isVisible()).toBe(false)
  })

  browserTest('shows a hostile name as what it is', async () => {
    const { page, complaints } = await pages.show(sample, { fragment: '#chapter=attach' })
    const shown = HOSTILE.replace('\u202e', '\\u202e')
      .replace('\u0007', '\\u0007')
      .replace('\u2028', '\\u2028')
    await page.getByRole('link', { name: shown }).click()
    expect(new URLSearchParams(fragmentOf(page).slice(1)).get('item')).toBe(HOSTILE)
    await page.locator('tr.picked').getByRole('link', { name: shown }).click()
    expect(await page.getByRole('listbox', { name: /Instructions of/ }).innerText()).toContain(shown)
    expect(complaints).toEqual([])
  })

  browserTest('never scrolls sideways as a whole, on a narrow screen or enlarged', async () => {
    for (const width of [360, 640]) {
      const { page } = await pages.show(sample, { viewport: { width, height: 720 } })
      for (const { name } of chapters) {
        await page.evaluate(`location.hash = '#chapter=${name}&access=1&program=handle_exec'`)
        await page.waitForTimeout(50)
        const beyond = await page.evaluate<number>(BEYOND)
        expect(beyond, `${name} at ${width}`).toBe(0)
      }
    }
  })

  browserTest('keeps the chosen colours', async () => {
    const { page } = await pages.show(sample)
    const button = page.getByRole('button', { name: /Colours/ })
    const paper = (): Promise<string> =>
      page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
    const light = await paper()
    await button.click()
    await button.click()
    expect(await paper()).not.toBe(light)
    await page.reload()
    expect(await paper()).not.toBe(light)
  })

  browserTest('without scripts says what to do', async () => {
    const { page } = await pages.show(sample, { javaScriptEnabled: false })
    // What is in a noscript element is text to playwright, which runs scripts of its own.
    const box = await page.locator('noscript').evaluate((element) => element.getBoundingClientRect().height)
    expect(box).toBeGreaterThan(0)
  })

  browserTest('has what is shown of 20,000 instructions in its elements, and not the rest', async () => {
    const { page } = await pages.show(large({ programs: 1, insns: 20_000 }), {
      fragment: '#program=program_0&insn=15000',
    })
    const list = page.getByRole('listbox', { name: 'Instructions of program_0' })
    expect(await list.getByRole('option', { selected: true }).innerText()).toContain('15000')
    expect(await list.getByRole('option').count()).toBeLessThan(500)
    await list.focus()
    await page.keyboard.press('End')
    expect(await list.getByRole('option', { selected: true }).innerText()).toContain('19999')
    await list.hover()
    await page.mouse.wheel(0, -1e7)
    await list.getByText('program_0:').waitFor()
  })

  browserTest('takes a time for 100 programs of 200 instructions each', async () => {
    const { page } = await pages.show(large({ programs: 100, insns: 200 }))
    const paint = (): Promise<number> => page.evaluate<number>(FIRST_PAINT)
    await expect.poll(paint).toBeGreaterThan(0)
    const first = await paint()
    const timed = async (act: () => Promise<unknown>): Promise<number> => {
      const start = performance.now()
      await act()
      return performance.now() - start
    }
    const open = await timed(async () => {
      await page.getByRole('navigation', { name: 'Chapters', exact: true }).getByText('Relocations').click()
      await page.getByRole('listbox', { name: 'Instructions of program_0' }).waitFor()
    })
    const other = await timed(async () => {
      await page.getByLabel('Program', { exact: true }).selectOption('program_77')
      await page.getByRole('listbox', { name: 'Instructions of program_77' }).waitFor()
    })
    const search = await timed(async () => {
      await page.getByRole('combobox', { name: 'Search' }).fill('next_step 150 program_99')
      await page.getByRole('listbox', { name: 'Results' }).getByRole('option').first().waitFor()
    })
    const figures = Object.entries({
      'first paint': first,
      'open the listing': open,
      'other program': other,
      search,
    })
    console.log(figures.map(([what, ms]) => `${what} ${ms.toFixed(0)} ms`).join(', '))
  })
})
