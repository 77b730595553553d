import { describe, expect, it } from 'vitest'
import { functionNames, matchFunctions } from '../../src/executable/match_functions.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { fixtureImage } from './fixture.ts'

const namesOf = (file: string, pattern: string): readonly string[] =>
  matchFunctions(fixtureImage(file), pattern)
    .map(({ name }) => name)
    .sort()

describe('matchFunctions', () => {
  it('finds all functions that match', () => {
    expect(namesOf('probes.x64', 'fixture_?????')).toEqual(['fixture_plain'])
    expect(namesOf('probes.x64', 'fixture_h*')).toEqual(['fixture_hidden'])
  })

  it('has a function with two names once', () => {
    const found = matchFunctions(fixtureImage('probes.x64'), 'fixture_*')
    expect(new Set(found.map(({ address }) => address)).size).toBe(found.length)
    const names = found.map(({ name }) => name)
    expect(names.filter((name) => name === 'fixture_add' || name === 'fixture_sum')).toHaveLength(1)
  })

  it('looks among the dynamic symbols where there are no others', () => {
    expect(namesOf('libprobes-stripped.x64.so', 'fixture_pl*')).toEqual(['fixture_plain'])
  })

  it('looks among those of the debugging information', () => {
    const debugging = fixtureImage('libprobes-stripped.x64.so.debug')
    const found = matchFunctions(fixtureImage('libprobes-stripped.x64.so'), 'fixture_h*', () => debugging)
    expect(found.map(({ name }) => name)).toEqual(['fixture_hidden'])
  })

  it('says that none matches, and whether there may have been more', () => {
    const fail = (file: string): string =>
      bpfErrorOf('EXECUTABLE_NO_FUNCTION', () => matchFunctions(fixtureImage(file), 'x*')).message
    expect(fail('probes.x64')).toBe('probes.x64: no function matches the pattern x*')
    expect(fail('libprobes-stripped.x64.so')).toMatch(/, of those that are left since the file was stripped$/)
  })
})

describe('functionNames', () => {
  it('has a function by each of its names', () => {
    const names = [...functionNames(fixtureImage('probes.x64'))]
    expect(names).toEqual(expect.arrayContaining(['fixture_add', 'fixture_sum', 'fixture_hidden']))
    expect(new Set(names).size).toBe(names.length)
  })

  it('has versions behind names that mean another function without', () => {
    const names = [...functionNames(fixtureImage('libprobes.x64.so'))].filter((name) => name.includes('@'))
    expect(names.every((name) => !name.includes('@@'))).toBe(true)
    const dynamic =
      fixtureImage('libprobes.x64.so')
        .functions('dynamic')
        ?.filter(() => true) ?? []
    const hidden = dynamic.filter(({ version }) => version?.visibility === 'hidden')
    expect(names).toEqual(
      expect.arrayContaining(hidden.map(({ name, version }) => `${name}@${version?.name ?? ''}`)),
    )
    expect(hidden.length).toBeGreaterThan(0)
  })

  it('looks into the debugging information', () => {
    const debugging = fixtureImage('libprobes-stripped.x64.so.debug')
    const stripped = fixtureImage('libprobes-stripped.x64.so')
    expect([...functionNames(stripped)]).not.toContain('fixture_hidden')
    expect([...functionNames(stripped, () => debugging)]).toContain('fixture_hidden')
  })
})
