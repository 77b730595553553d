import { constants } from 'node:os'
import { describe, expect, it } from 'vitest'
import { errnoMeaning, errnoName } from '../../src/abi/errno.ts'

describe('errnoName', () => {
  it('names what the kernel names, as libuv does on this machine', () => {
    expect(errnoName(13)).toBe('EACCES')
    expect(errnoName(1)).toBe('EPERM')
    expect(errnoName(38)).toBe('ENOSYS')
    if (process.platform !== 'linux') return
    const alias = new Set(['EWOULDBLOCK', 'ENOTSUP'])
    const known = Object.entries(constants.errno).filter(([name]) => !alias.has(name))
    expect(known.length).toBeGreaterThan(50)
    for (const [name, number] of known) expect(errnoName(number)).toBe(name)
  })

  it('names the numbers that only the kernel uses, and spells the others out', () => {
    expect(errnoName(524)).toBe('ENOTSUPP')
    expect(errnoName(4000)).toBe('errno 4000')
  })
})

describe('errnoMeaning', () => {
  it('says what a loader meets in one line', () => {
    expect(errnoMeaning(1)).toBe('operation not permitted')
    expect(errnoMeaning(524)).toBe('not supported')
    expect(errnoMeaning(4000)).toBeUndefined()
  })
})
