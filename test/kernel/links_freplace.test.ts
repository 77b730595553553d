import { readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadedObject } from '../../src/loader/loaded_object.ts'
import type { LoadedProgram } from '../../src/loader/loaded_program.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { featureTest } from './require.ts'

const PACKET = new Uint8Array(64)

/** A program that answers what `answer()` does with the packet's length: one more. */
const loadTarget = (): LoadedObject => loadObject(parseObject(bytes(), 'freplace.bpf.o'))

const bytes = (): Uint8Array =>
  new Uint8Array(readFileSync(new URL('../fixtures/kernel/freplace.bpf.o', import.meta.url)))

/** The program whose `answer()` adds 100, verified for the one of `target`. */
function loadReplacement(target: LoadedProgram): LoadedObject {
  const spec = parseObject(bytes(), 'freplace.bpf.o')
  spec.programs.get('ask')!.autoload = false
  spec.programs.get('other_answer')!.autoload = true
  return loadObject(spec, { targets: { other_answer: { program: target } } })
}

const ask = (object: LoadedObject): number => object.program('ask').testRun({ dataIn: PACKET }).retval

const freplaceTest = featureTest({
  name: 'freplace',
  since: process.arch === 'arm64' ? [6, 0] : [5, 10],
  config: ['CONFIG_DEBUG_INFO_BTF'],
  whyNot: () => {
    using target = loadTarget()
    using replacement = loadReplacement(target.program('ask'))
    replacement.attach()
    return undefined
  },
})

describe('freplace on the real kernel', () => {
  freplaceTest('has a program take the place of a function, until its link is closed', () => {
    using target = loadTarget()
    using replacement = loadReplacement(target.program('ask'))
    expect(ask(target)).toBe(65)
    const [link] = replacement.attach()
    expect(ask(target)).toBe(164)
    link!.close()
    expect(ask(target)).toBe(65)
  })

  freplaceTest('takes the same function of another program', () => {
    using first = loadTarget()
    using second = loadTarget()
    using replacement = loadReplacement(first.program('ask'))
    using link = replacement
      .program('other_answer')
      .attach({ kind: 'freplace', program: second.program('ask') })
    expect([ask(first), ask(second)]).toEqual([65, 164])
    expect(link.info()).toMatchObject({ typeName: 'BPF_LINK_TYPE_TRACING' })
    link.close()
    expect([ask(first), ask(second)]).toEqual([65, 65])
  })

  freplaceTest('is refused for a function that is not there, and where another has its place', () => {
    using target = loadTarget()
    using replacement = loadReplacement(target.program('ask'))
    using other = loadReplacement(target.program('ask'))
    const program = target.program('ask')
    const { message } = bpfErrorOf('ATTACH_FAILED', () =>
      other.program('other_answer').attach({ kind: 'freplace', program, function: 'question' }),
    )
    expect(message).toContain('the target program has no function question')
    replacement.attach()
    bpfErrorOf('ATTACH_FAILED', () => other.attach())
    expect(ask(target)).toBe(164)
  })
})
