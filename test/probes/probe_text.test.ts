import { expect, it } from 'vitest'
import { probeLines, probeObject } from '../../src/probes/probe_text.ts'

const PID = { name: 'pid', type: 'pid_t', declaration: 'pid_t pid', offset: 24, size: 4 }

it('has a line for each argument, and for what is returned', () => {
  const description = { arguments: [PID, { ...PID, place: '%edi' }], returns: 'int' }
  expect(probeLines({ section: 'fentry/f', description })).toEqual([
    'fentry/f',
    '    pid_t pid',
    '    pid_t pid @ %edi',
    '    return int',
  ])
  expect(JSON.parse(JSON.stringify(probeObject({ section: 'fentry/f', description })))).toEqual({
    probe: 'fentry/f',
    arguments: [
      { name: 'pid', type: 'pid_t', offset: 24, size: 4 },
      { name: 'pid', type: 'pid_t', offset: 24, size: 4, place: '%edi' },
    ],
    returns: 'int',
  })
})

it('says why nothing is known', () => {
  const broken = { section: 'fentry/f', problem: 'type 7 is broken' }
  expect(probeLines(broken)).toEqual(['fentry/f', '    (not known: type 7 is broken)'])
  expect(probeObject(broken)).toEqual({ probe: 'fentry/f', problem: 'type 7 is broken' })
})
