import { describe, expect, it } from 'vitest'
import { VOID } from '../../src/base/units.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { settableGlobals } from '../../src/run/global_options.ts'
import { type ObjectDescription, writeObject } from '../object/object_writer.ts'

const described: ObjectDescription = {
  types: (builder, { u64 = VOID, int = VOID }) => {
    const char = builder.addInt('char', 1, { encoding: 'signed' })
    const parameter = builder.addModifier('const', builder.addModifier('volatile', char))
    return {
      parameter: builder.addModifier('const', builder.addModifier('volatile', u64)),
      name: builder.addArray(parameter, int, 8),
      string: builder.addArray(builder.addModifier('const', char), int, 8),
      opaque: builder.addModifier(
        'const',
        builder.addModifier('volatile', builder.addFwd('hidden', 'struct')),
      ),
    }
  },
  data: {
    '.rodata': [
      { name: 'min_ns', type: 'parameter', bytes: [7, 0, 0, 0, 0, 0, 0, 0] },
      { name: 'name', type: 'name' },
      { name: 'program.____fmt', type: 'string', linkage: 'static' },
      { name: 'opaque', type: 'opaque' },
    ],
    '.bss': [{ name: 'count', type: 'u64' }],
  },
}

describe('settableGlobals', () => {
  it('knows parameters from strings of the compiler and from what programs count', () => {
    const globals = settableGlobals(parseObject(writeObject(described), 'test.bpf.o'))
    expect(globals.map(({ name, type, isParameter }) => [name, type, isParameter])).toEqual([
      ['min_ns', 'unsigned long long', true],
      ['name', 'char[8]', true],
      ['program.____fmt', 'char[8]', false],
      ['count', 'unsigned long long', false],
    ])
    expect(globals[0]?.initial).toBe(7n)
  })

  it('finds none without BTF', () => {
    const spec = parseObject(writeObject({ ...described, debugInfo: 'absent' }), 'test.bpf.o')
    expect(settableGlobals(spec)).toEqual([])
  })
})
