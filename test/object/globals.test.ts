import { describe, expect, it } from 'vitest'
import { byteOffset, typeId } from '../../src/base/units.ts'
import { BtfError } from '../../src/btf/btf_error.ts'
import {
  createGlobals,
  type Globals,
  type GlobalStore,
  type GlobalVariable,
} from '../../src/object/globals.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

function variable(name: string, linkage: 'static' | 'global' = 'global', offset = 0): GlobalVariable {
  return { name, sectionName: '.data', offset: byteOffset(offset), size: 8, type: typeId(1), linkage }
}

/** Keeps values by their variables' offsets; takes numbers and nothing else. */
function storeOf(values: Map<number, number>): GlobalStore {
  return {
    read: ({ offset }) => values.get(offset) ?? 0,
    write({ offset }, value) {
      if (typeof value !== 'number') throw new BtfError('BTF_BAD_VALUE', 'value takes a number')
      values.set(offset, value)
    },
  }
}

function globalsOf(variables: readonly GlobalVariable[], values = new Map<number, number>()): Globals {
  return createGlobals('test.bpf.o', variables, storeOf(values))
}

describe('createGlobals', () => {
  it('reads and writes variables as properties', () => {
    const globals = globalsOf([variable('a', 'global', 0), variable('b', 'global', 8)])
    globals['b'] = 5
    expect(globals['a']).toBe(0)
    expect(globals['b']).toBe(5)
    expect({ ...globals }).toEqual({ a: 0, b: 5 })
  })

  it('reads nothing before it is asked to', () => {
    const store: GlobalStore = { read: () => expect.fail('read'), write: () => expect.fail('written') }
    expect(Object.keys(createGlobals('test.bpf.o', [variable('a')], store))).toEqual(['a'])
  })

  it('names those there are where a name is unknown', () => {
    const error = bpfErrorOf('OBJECT_UNKNOWN_NAME', () => {
      globalsOf([variable('a'), variable('b')])['c'] = 1
    })
    expect(error.message).toBe('cannot set global variable c of test.bpf.o: it has only a, b')
    expect(error.object).toBe('test.bpf.o')
  })

  it('says so where there are none at all', () => {
    const error = bpfErrorOf('OBJECT_UNKNOWN_NAME', () => {
      globalsOf([])['c'] = 1
    })
    expect(error.message).toContain('it has none')
  })

  it('names the variable whose type cannot hold a value, and keeps the cause', () => {
    const error = bpfErrorOf('OBJECT_BAD_VALUE', () => {
      globalsOf([variable('limit')])['limit'] = 'x'
    })
    expect(error.message).toBe('cannot set global variable limit of test.bpf.o: value takes a number')
    expect(error.section).toBe('.data')
    expect(error.cause).toBeInstanceOf(BtfError)
  })

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'may have a variable called %s, or none',
    (name) => {
      const globals = globalsOf([variable(name)])
      globals[name] = 7
      expect(globals[name]).toBe(7)
      expect(globalsOf([])[name]).toBeUndefined()
    },
  )

  it('gives a name to the global variable where a static one has it too', () => {
    for (const order of [
      ['static', 'global'],
      ['global', 'static'],
    ] as const) {
      const variables = order.map((linkage) => variable('a', linkage, linkage === 'global' ? 8 : 0))
      const values = new Map<number, number>()
      globalsOf(variables, values)['a'] = 3
      expect([...values]).toEqual([[8, 3]])
    }
  })

  describe('where several static variables have one name', () => {
    const variables = [variable('count', 'static', 0), variable('count', 'static', 8), variable('other')]

    it('refuses that name alone, and tells the names that each has', () => {
      const globals = globalsOf(variables)
      const message =
        'test.bpf.o has 2 variables called count: say which one, as .data/count@0 or .data/count@8'
      expect(bpfErrorOf('OBJECT_AMBIGUOUS_NAME', () => globals['count']).message).toBe(message)
      const error = bpfErrorOf('OBJECT_AMBIGUOUS_NAME', () => {
        globals['count'] = 1
      })
      expect(error.message).toBe(message)
    })

    it('takes the section and the place before and behind it, for these and for any other', () => {
      const values = new Map<number, number>()
      const globals = globalsOf(variables, values)
      globals['.data/count@8'] = 5
      expect([...values]).toEqual([[8, 5]])
      expect(globals['.data/count@8']).toBe(5)
      expect(globals['.data/other']).toBe(0)
      globals['.data/other'] = 6
      expect(globals['other']).toBe(6)
    })

    it('enumerates each of them once, by a name that can be read', () => {
      expect({ ...globalsOf(variables) }).toEqual({ '.data/count@0': 0, '.data/count@8': 0, other: 0 })
    })
  })
})
