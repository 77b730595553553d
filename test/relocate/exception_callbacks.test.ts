import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { exceptionCallbackOf } from '../../src/relocate/exception_callbacks.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { type ProgramDescription, writeObject } from '../object/object_writer.ts'

/** An object whose func types are tagged: [function, tag, which parameter]. */
function specOf(
  tags: readonly (readonly [string, string, number?])[],
  caught: Partial<ProgramDescription> = {},
): ObjectSpec {
  const bytes = writeObject({
    programs: [
      { name: 'caught', section: '.text', ...caught },
      { name: 'throws', section: 'xdp' },
      { name: 'plain', section: 'xdp' },
    ],
    types: (builder, { int = typeId(0) }) => {
      const proto = builder.addFuncProto(int, [])
      for (const [fn, tag, component = -1] of tags) {
        builder.addDeclTag(tag, builder.addFunc(fn, proto, 'global'), component)
      }
      return {}
    },
  })
  return parseObject(bytes, 'test.bpf.o')
}

function callbackOf(spec: ObjectSpec, program = 'throws'): string | undefined {
  return exceptionCallbackOf(spec, spec.programs.get(program)!)?.name
}

describe('exceptionCallbackOf', () => {
  it('finds the function that a tag of the program names', () => {
    const spec = specOf([['throws', 'exception_callback:caught']])
    expect(callbackOf(spec)).toBe('caught')
    expect(callbackOf(spec, 'plain')).toBeUndefined()
  })

  it('takes no other tags, and none of a parameter', () => {
    const spec = specOf([
      ['throws', 'something:caught'],
      ['throws', 'exception_callback:caught', 0],
    ])
    expect(callbackOf(spec)).toBeUndefined()
  })

  it('finds none in an object without BTF', () => {
    const spec = parseObject(
      writeObject({ debugInfo: 'absent', programs: [{ name: 'throws' }] }),
      'test.bpf.o',
    )
    expect(callbackOf(spec)).toBeUndefined()
  })

  it.each([
    ['of a function that there is not', 'exception_callback:missing', {}, 'missing is no global function'],
    ['without a name', 'exception_callback:', {}, '(no name) is no global function'],
    ['of a program', 'exception_callback:plain', {}, 'plain is no global function'],
    [
      'of a static function',
      'exception_callback:caught',
      { linkage: 'static' },
      'caught is no global function',
    ],
    ['of a hidden function', 'exception_callback:caught', { linkage: 'hidden' }, 'that is not hidden'],
  ] as const)('refuses a tag %s', (_, tag, caught, found) => {
    const error = bpfErrorOf('RELOCATION_BAD_TARGET', () => callbackOf(specOf([['throws', tag]], caught)))
    expect(error.message).toContain(`exception callback of program throws: `)
    expect(error.message).toContain(found)
  })

  it('refuses two of them', () => {
    const tags = ['caught', 'other'].map((name) => ['throws', `exception_callback:${name}`] as const)
    const error = bpfErrorOf('RELOCATION_BAD_TARGET', () => callbackOf(specOf(tags)))
    expect(error.message).toContain('two of them, caught and other')
  })

  it.each(['clang14', 'clang19'])('is appended behind what the program calls, as %s builds it', (clang) => {
    const file = `test/fixtures/functions/${clang}/exceptions.bpf.o`
    const appended: string[] = []
    relocateObject(parseObject(readFileSync(file), file), {
      targetBtf: () => expect.fail('the target’s types were asked for'),
      observer: (step) => {
        if (step.kind === 'function-appended') appended.push(step.function)
      },
    })
    expect(appended).toEqual(['check', 'caught', 'remember'])
  })
})
