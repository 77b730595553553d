import { describe, expect, it } from 'vitest'
import { codeOffset } from '../../src/executable/code_offset.ts'
import { findFunction } from '../../src/executable/find_function.ts'
import { describePlace, inProcess, locatePlace, requireOffset } from '../../src/links/user_place.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { fixtureBytes, fixtureImage, fixturePath } from '../executable/fixture.ts'

const path = fixturePath('probes.x64')
const image = fixtureImage('probes.x64')
const add = codeOffset(image, findFunction(image, 'fixture_add').address, 'fixture_add')

describe('locatePlace', () => {
  it('finds a function, and an offset in it', () => {
    expect(locatePlace(path, { function: 'fixture_add' })).toEqual({ path, offset: add })
    expect(locatePlace(path, { function: 'fixture_add', offset: 4 })).toEqual({ path, offset: add + 4 })
  })

  it('takes an offset of the file as it is, whatever the file is', () => {
    expect(locatePlace(path, { offset: 8 })).toEqual({ path, offset: 8 })
    expect(locatePlace(import.meta.filename, {})).toEqual({ path: import.meta.filename, offset: 0 })
  })

  it.each([-1, 0.5, Number.NaN, fixtureBytes('probes.x64').length, 2 ** 53])(
    'refuses the offset %d',
    (offset) => {
      const error = bpfErrorOf('EXECUTABLE_NOT_CODE', () => locatePlace(path, { offset }))
      expect(error.message).toContain(`there is no offset ${offset}`)
    },
  )

  it('refuses an offset of a function that leads out of the code', () => {
    for (const offset of [1 << 20, -1, 0.5]) {
      bpfErrorOf('EXECUTABLE_NOT_CODE', () => locatePlace(path, { function: 'fixture_add', offset }))
    }
  })
})

describe('requireOffset', () => {
  it('says what an offset has to be where the end is not known', () => {
    expect(() => {
      requireOffset('x', -1)
    }).toThrow('x: there is no offset -1: it has to be a whole number')
  })
})

describe('describePlace', () => {
  it.each([
    [{ function: 'main' }, undefined, 'main of /bin/x'],
    [{ function: 'main', offset: 16 }, undefined, 'main+16 of /bin/x'],
    [{ offset: 255 }, 42, 'offset 0xff of /bin/x in process 42'],
    [{}, undefined, 'offset 0x0 of /bin/x'],
  ])('of %j', (place, pid, text) => {
    expect(describePlace('/bin/x', place, pid)).toBe(text)
  })

  it('names the process', () => {
    expect(inProcess('/bin/x', 1)).toBe('/bin/x in process 1')
  })
})
