import { describe, expect, it } from 'vitest'
import { Undo } from '../../src/links/undo.ts'

describe('Undo', () => {
  it('acts once, whichever way it is closed', async () => {
    let acted = 0
    const undo = new Undo(() => acted++)
    expect([undo.closed, acted]).toEqual([false, 0])
    await undo.closeAsync()
    undo.close()
    await undo.closeAsync()
    expect([undo.closed, acted]).toEqual([true, 1])
  })

  it('passes on what goes wrong, and counts as closed', async () => {
    const failing = (): Undo =>
      new Undo(() => {
        throw new Error('no')
      })
    const undo = failing()
    expect(() => {
      undo.close()
    }).toThrow('no')
    expect(undo.closed).toBe(true)
    await expect(failing().closeAsync()).rejects.toThrow('no')
  })
})
