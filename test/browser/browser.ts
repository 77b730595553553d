import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Explanation } from '../../src/explain/explanation.ts'
import { explanationPage } from '../../src/explain/page/explanation_page.ts'
import { kernelTest } from '../kernel/require.ts'

/** Debian's, or what else has that engine and its name. */
const executable = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
  .find((path) => existsSync(path))

/** Tests that look at the page in a browser. */
export const browserTest = kernelTest('chromium', () =>
  executable === undefined ? "there is none in PATH; Debian's package chromium has it" : undefined,
)

/** A browser, and pages of explanations as files in a folder of their own. */
export class Pages {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rawbpf-page-'))
  #browser: Browser | undefined
  #count = 0

  /** Launches the browser where there is one. */
  async open(): Promise<void> {
    if (executable === undefined) return
    // As root, chromium's own sandbox does not start.
    this.#browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox'] })
  }

  async close(): Promise<void> {
    await this.#browser?.close()
    rmSync(this.#folder, { recursive: true })
  }

  /** Shows the page of an explanation; everything it asks for besides itself, and every complaint, is in `complaints`. */
  async show(
    explanation: Explanation,
    { fragment = '', ...options }: { readonly fragment?: string } & BrowserContextOptions = {},
  ): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
    if (this.#browser === undefined) throw new Error('open() found no browser')
    const file = join(this.#folder, `${this.#count++}.html`)
    writeFileSync(file, explanationPage(explanation))
    const url = pathToFileURL(file).href
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('request', (request) => {
      if (request.url() !== url && !request.url().startsWith('data:'))
        complaints.push(`asks for ${request.url()}`)
    })
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', ({ message }) => complaints.push(`throws ${message}`))
    await page.goto(url + fragment)
    return { page, complaints }
  }
}
