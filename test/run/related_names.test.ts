import { expect, it } from 'vitest'
import { relatedNames } from '../../src/run/related_names.ts'

const related = (map: string, ...names: readonly string[]): readonly string[] =>
  relatedNames(map, names, (name) => name)

it('finds the struct whose name says what the map is for', () => {
  expect(related('exec_events', 'exec_event', 'exit_event')).toEqual(['exec_event'])
  expect(related('exits', 'exec_t', 'exit_t')).toEqual(['exit_t'])
  expect(related('rb_open_files', 'open_file', 'open')).toEqual(['open_file'])
})

it('finds nothing where names tell nothing', () => {
  expect(related('events', 'event', 'other')).toEqual([])
  expect(related('rb', 'event')).toEqual([])
  expect(related('opens', 'exec_event', 'exit_event')).toEqual([])
})
