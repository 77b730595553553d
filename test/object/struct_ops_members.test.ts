import { describe, expect, it } from 'vitest'
import { bpfErrorOf } from '../base/expect_error.ts'
import { addDemoOps, demoOffsets, demoSpec } from './struct_ops_object.ts'

describe('the members of a struct_ops map', () => {
  it('are values, and names of programs', () => {
    expect({ ...demoSpec().structOps['demo'] }).toEqual({
      run: 'on_run',
      stop: 'on_stop',
      level: 7,
      owner: null,
      name: 'demo',
    })
  })

  it('can be set, each in its place', () => {
    const spec = demoSpec()
    const demo = spec.structOps['demo']!
    demo['level'] = -2
    demo['name'] = 'other'
    demo['run'] = 'spare'
    demo['stop'] = null
    demo['owner'] = null
    const { contents, structOps } = spec.maps.get('demo')!
    expect(new DataView(contents.buffer).getInt32(demoOffsets.level, true)).toBe(-2)
    expect({ ...demo }).toEqual({ run: 'spare', stop: null, level: -2, owner: null, name: 'other' })
    expect([...structOps!.functions]).toEqual([[0, 'spare']])
  })

  it('of a snapshot stay as they were', () => {
    const spec = demoSpec()
    const { structOps, contents } = spec.maps.get('demo')!.snapshot()
    spec.structOps['demo']!['run'] = null
    spec.structOps['demo']!['level'] = 1
    expect([...structOps!.functions.values()]).toEqual(['on_run', 'on_stop'])
    expect(contents[demoOffsets.level]).toBe(7)
  })

  it('are checked by type', () => {
    const demo = demoSpec().structOps['demo']!
    const messageOf = (member: string, value: never): string =>
      bpfErrorOf('OBJECT_BAD_VALUE', () => {
        demo[member] = value
      }).message
    expect(messageOf('level', 'high' as never)).toContain('struct_ops map demo, member level')
    expect(messageOf('run', 'no_such' as never)).toContain('run to no_such: expected the name of a program')
    expect(messageOf('run', 'other' as never)).toContain('a program in a struct_ops section')
    expect(messageOf('run', 5 as never)).toContain('run to number')
    expect(messageOf('owner', 5n as never)).toContain('a pointer to data can be null only')
    expect({ ...demo }).toMatchObject({ run: 'on_run', level: 7 })
  })

  it('that are not there are told, with those that are', () => {
    const { message } = bpfErrorOf('OBJECT_UNKNOWN_NAME', () => {
      demoSpec().structOps['demo']!['halt'] = null
    })
    expect(message).toContain('member halt: it has only run, stop, level, owner, name')
  })

  it('that are bitfields are refused', () => {
    const spec = demoSpec({
      types: (builder, types) => {
        addDemoOps(builder, types, 'unused')
        const int = types['int']!
        const bits = { name: 'bits', type: int, bitOffset: 0, bitfieldSize: 3 }
        return { demo_ops: builder.addStruct('demo_ops', 4, [bits]) }
      },
      pointers: {},
    })
    bpfErrorOf('OBJECT_UNSUPPORTED', () => spec.structOps['demo']!['bits'])
    bpfErrorOf('OBJECT_UNSUPPORTED', () => {
      spec.structOps['demo']!['bits'] = 1
    })
  })

  it('are those of struct_ops maps alone', () => {
    expect(
      Object.keys(demoSpec({ data: { '.bss': [{ name: 'x', type: 'u64' }] }, pointers: {} }).structOps),
    ).toEqual([])
  })
})
