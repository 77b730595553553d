import { describe, expect, it } from 'vitest'
import { StopSignals } from '../../src/tool/stop_signals.ts'

const listeners = (): number => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM')

describe('StopSignals', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'aborts on %s, and lets a second one have its default effect',
    (name) => {
      const before = listeners()
      using stop = new StopSignals()
      expect(listeners()).toBe(before + 2)
      expect(stop.signal.aborted).toBe(false)
      process.emit(name)
      expect(stop.signal.aborted).toBe(true)
      expect(listeners()).toBe(before)
    },
  )

  it('aborts when it is told to', () => {
    using stop = new StopSignals()
    let aborts = 0
    stop.signal.addEventListener('abort', () => aborts++)
    stop.abort()
    stop.abort()
    expect(aborts).toBe(1)
  })

  it('leaves no listener and does not abort when it is disposed of', () => {
    const before = listeners()
    const stop = new StopSignals()
    stop[Symbol.dispose]()
    expect(listeners()).toBe(before)
    expect(stop.signal.aborted).toBe(false)
  })
})
