import { render } from 'preact'
import { pageModel } from '../page_model.ts'
import type { Explanation } from '../../explanation.ts'
import { App } from './app.tsx'

const value: unknown = JSON.parse(document.getElementById('explanation')?.textContent ?? 'null')
const root = document.getElementById('page')
if (isExplanation(value) && root !== null) render(<App model={pageModel(value)} />, root)

/** Whether it is what `explanationPage` wrote, and not half of a file. */
function isExplanation(value: unknown): value is Explanation {
  return typeof value === 'object' && value !== null && 'chapters' in value
}
