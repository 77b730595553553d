import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { after, pause } from '../../src/tool/ticks.ts'

/** Seconds; setTimeout takes no more than 2^31 - 1 milliseconds, which are 24.8 days. */
const THIRTY_DAYS = 30 * 24 * 60 * 60

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('after', () => {
  it.each([0.5, 10, THIRTY_DAYS, 999_999_999])(
    'acts once when %d seconds have passed, and not before',
    (seconds) => {
      const action = vi.fn()
      after(seconds, action)
      vi.advanceTimersByTime(seconds * 1000 - 1)
      expect(action).not.toHaveBeenCalled()
      vi.advanceTimersByTime(1)
      expect(action).toHaveBeenCalledOnce()
      expect(vi.getTimerCount()).toBe(0)
    },
  )

  it('is called off at any time', () => {
    const action = vi.fn()
    const callOff = after(THIRTY_DAYS, action)
    vi.advanceTimersByTime(THIRTY_DAYS * 1000 - 1)
    callOff()
    expect(vi.getTimerCount()).toBe(0)
    expect(action).not.toHaveBeenCalled()
  })
})

describe('pause', () => {
  it('lasts until the signal where no time is given, however long', async () => {
    const stop = new AbortController()
    const ended = vi.fn()
    const paused = pause(undefined, stop.signal).then(ended)
    await vi.advanceTimersByTimeAsync(10 * THIRTY_DAYS * 1000)
    expect(ended).not.toHaveBeenCalled()
    stop.abort()
    await paused
    expect(vi.getTimerCount()).toBe(0)
  })
})
