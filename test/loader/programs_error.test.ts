import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { ProgramsError } from '../../src/loader/programs_error.ts'

const because = (message: string): BpfError => new BpfError('X', message)

describe('ProgramsError', () => {
  it('has a paragraph for each reason, with the programs and maps that it costs', () => {
    const shared = because('a.o: function f is bad;\nsee there')
    const error = new ProgramsError({
      fileName: 'a.o',
      programCount: 4,
      failures: [
        { program: 'one', error: shared },
        { program: 'two', error: because('b.o: other') },
        { program: 'three', error: shared },
      ],
      mapFailures: [{ map: 'm', error: because('a.o: no map') }],
    })
    expect(error).toMatchObject({ name: 'ProgramsError', code: 'LOAD_PROGRAMS_FAILED', object: 'a.o' })
    expect(error.message.split('\n\n')).toEqual([
      'a.o: cannot load 3 of 4 programs and 1 map; what is not needed can be left out: programs by autoload or the option ' +
        'optional, maps by autocreate',
      '  one and three: function f is bad;\n    see there',
      '  two: b.o: other',
      '  map m: no map',
    ])
  })

  it('does not grow with the number of reasons', () => {
    const failures = Array.from({ length: 1000 }, (_, index) => ({
      program: `p${index}`,
      error: because('no'),
    }))
    const error = new ProgramsError({ fileName: 'a.o', programCount: 1000, failures, mapFailures: [] })
    expect(error.message.split('\n\n')).toHaveLength(22)
    expect(error.message).toMatch(/and 980 more reasons, which the error's failures list$/)
    expect(error.failures).toBe(failures)
  })

  it('speaks of maps alone where no program failed', () => {
    const mapFailures = ['a', 'b'].map((map) => ({ map, error: because(map) }))
    const error = new ProgramsError({ fileName: 'a.o', programCount: 4, failures: [], mapFailures })
    expect(error.message).toMatch(/^a\.o: cannot load 2 maps; /)
  })
})
