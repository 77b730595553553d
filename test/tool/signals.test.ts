import { describe, expect, it } from 'vitest'
import { signalName, signalValue } from '../../src/tool/signals.ts'

describe('signalName', () => {
  it.each([
    [1, 'SIGHUP'],
    [6, 'SIGABRT'],
    [9, 'SIGKILL'],
    [29, 'SIGIO'],
    [0, '0'],
    [34, '34'],
    [64, '64'],
  ])('calls %i %s', (signal, name) => {
    expect(signalName(signal)).toBe(name)
  })
})

describe('signalValue', () => {
  it.each([
    ['SIGTERM', 15],
    ['term', 15],
    ['iot', 6],
    ['0', 0],
    ['64', 64],
  ])('reads %s as %i', (text, signal) => {
    expect(signalValue.read(text)).toBe(signal)
  })

  it.each(['', 'SIGNOTHING', '65', '-1', '1.5', 'constructor'])('does not read %j', (text) => {
    expect(signalValue.read(text)).toBeUndefined()
  })
})
