import { describe, expect, it } from 'vitest'
import { closeAll, closeAllAsync } from '../../src/links/close_all.ts'

/** Things that note when they are closed, of which the named ones then fail. */
function things(
  names: readonly string[],
  failing: readonly string[],
): { closed: string[]; all: readonly { close(): void; closeAsync(): Promise<void> }[] } {
  const closed: string[] = []
  const all = names.map((name) => {
    const close = (): void => {
      closed.push(name)
      if (failing.includes(name)) throw new Error(`${name} failed`)
    }
    return { close, closeAsync: () => Promise.resolve().then(close) }
  })
  return { closed, all }
}

describe('closeAll', () => {
  it('closes all in order and throws what failed first', () => {
    const { closed, all } = things(['a', 'b', 'c', 'd'], ['b', 'd'])
    expect(() => {
      closeAll(all)
    }).toThrow('b failed')
    expect(closed).toEqual(['a', 'b', 'c', 'd'])
  })

  it('throws nothing where nothing failed', () => {
    expect(() => {
      closeAll(things(['a'], []).all)
      closeAll([])
    }).not.toThrow()
  })
})

describe('closeAllAsync', () => {
  it('closes all and rejects with what failed first', async () => {
    const { closed, all } = things(['a', 'b', 'c', 'd'], ['b', 'd'])
    await expect(closeAllAsync(all)).rejects.toThrow('b failed')
    expect(closed).toEqual(['a', 'b', 'c', 'd'])
  })
})
