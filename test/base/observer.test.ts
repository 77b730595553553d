import { describe, expect, it } from 'vitest'
import type { Observer } from '../../src/base/observer.ts'

describe('Observer', () => {
  it('costs nothing when it is not there: the step is not even built', () => {
    let built = 0
    const step = (): string => `step ${++built}`
    const report = (observer: Observer<string>): void => observer?.(step())
    report(undefined)
    expect(built).toBe(0)
    const steps: string[] = []
    report((each) => steps.push(each))
    expect(steps).toEqual(['step 1'])
  })
})
