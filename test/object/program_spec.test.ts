import { describe, expect, it } from 'vitest'
import { insnIndex, sectionIndex } from '../../src/base/units.ts'
import { ProgramSpec } from '../../src/object/program_spec.ts'
import { readSectionName } from '../../src/object/section_names.ts'

function programIn(sectionName: string): ProgramSpec {
  return new ProgramSpec({
    name: 'program',
    section: sectionIndex(1),
    sectionName,
    start: insnIndex(0),
    insns: new Uint8Array(16),
    kind: readSectionName(sectionName),
  })
}

describe('ProgramSpec', () => {
  it('is loaded unless its section’s name starts with ?', () => {
    expect(programIn('tp/sched/sched_switch').autoload).toBe(true)
    expect(programIn('?tp/sched/sched_switch').autoload).toBe(false)
  })

  it('is loaded if its section is unknown, so that the load says what is wrong instead of leaving it out', () => {
    expect(programIn('no/such/section').autoload).toBe(true)
    expect(programIn('?no/such/section').autoload).toBe(false)
  })

  it('lets a caller decide', () => {
    const program = programIn('tp/sched/sched_switch')
    program.autoload = false
    expect(program.autoload).toBe(false)
  })
})
