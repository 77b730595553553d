import { describe, expect, it } from 'vitest'
import { attachProgram } from '../../src/links/attach_program.ts'
import { targetHint } from '../../src/links/target_hints.ts'
import { sectionDefinitions } from '../../src/object/section_definitions.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { BpfKernel } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'

describe('targetHint', () => {
  it.each([
    ['xdp', /interface: 'eth0'/],
    ['tc', /direction: 'ingress'/],
    ['action', /tc\(8\)/],
    ['sockops', /kind: 'cgroup'/],
    ['lwt_xmit', /ip-route\(8\)/],
    ['lirc_mode2', /ir-keytable/],
    ['syscall', /testRun\(\)/],
  ])('tells what to do with a program of section %s', (section, hint) => {
    const kernel = new BpfKernel()
    const context = { kernel, program: programIn(kernel, section), observer: undefined }
    const { message } = bpfErrorOf('ATTACH_NO_TARGET', () => attachProgram(context))
    expect(message).toMatch(hint)
    expect(message).toContain(`its section '${section}' does not say what to; `)
  })

  it('has something to say of every type whose section names no place', () => {
    const named = new Set(
      sectionDefinitions.filter(({ attachedTo }) => attachedTo !== undefined).map((one) => one.programType),
    )
    const silent = sectionDefinitions.filter(
      ({ programType }) => targetHint(programType) === 'name the target',
    )
    const unknown = silent.filter(({ programType }) => !named.has(programType)).map(({ prefix }) => prefix)
    expect(unknown).toEqual([])
  })
})
