import { describe, expect, it } from 'vitest'
import { chooseProgram, loadOnly } from '../../src/commands/choose_program.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeObject } from '../object/object_writer.ts'

function objectWith(...names: readonly string[]): ObjectSpec {
  const programs = names.map((name) => ({ name, section: `?${name === 'tc' ? 'tc' : 'xdp'}` }))
  return parseObject(writeObject({ programs }), 'test.bpf.o')
}

const messageOf = (spec: ObjectSpec, name?: string): string =>
  bpfErrorOf('NO_SUCH_PROGRAM', () => chooseProgram(spec, name)).message

describe('chooseProgram', () => {
  it('takes the only program, or the one that is named', () => {
    expect(chooseProgram(objectWith('one'), undefined).name).toBe('one')
    expect(chooseProgram(objectWith('one', 'tc'), 'tc').name).toBe('tc')
  })

  it('says which programs there are where it cannot choose', () => {
    expect(messageOf(objectWith('one', 'tc'))).toBe(
      'test.bpf.o has several programs; say which with --program NAME: one and tc',
    )
    expect(messageOf(objectWith('one'), 'two')).toBe('test.bpf.o has no program two; it has one')
    expect(messageOf(objectWith('one', 'tc'), '')).toContain('it has one and tc')
  })

  it('says that there are none, whether one is named or not', () => {
    const spec = parseObject(writeObject({ programs: [] }), 'test.bpf.o')
    expect(messageOf(spec)).toBe('test.bpf.o has no programs')
    expect(messageOf(spec, 'one')).toBe('test.bpf.o has no programs')
  })
})

describe('loadOnly', () => {
  it('turns one program on and all others off', () => {
    const spec = objectWith('one', 'tc')
    loadOnly(spec, chooseProgram(spec, 'tc'))
    expect([...spec.programs.values()].map(({ autoload }) => autoload)).toEqual([false, true])
    loadOnly(spec, chooseProgram(spec, 'one'))
    expect([...spec.programs.values()].map(({ autoload }) => autoload)).toEqual([true, false])
  })
})
