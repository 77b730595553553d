import type { Observer } from '../base/observer.ts'
import { stepLine } from '../explain/step_line.ts'
import type { LoadStep } from '../index.ts'

/** Tells on standard error of a step of a load. */
export const printStep: Observer<LoadStep> = (step) => {
  process.stderr.write(`${stepLine(step)}\n`)
}
