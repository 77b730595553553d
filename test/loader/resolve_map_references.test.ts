import { describe, expect, it } from 'vitest'
import { loadImm64 } from '../../src/insn/assemble.ts'
import { disassemble } from '../../src/insn/disassemble.ts'
import { InsnView } from '../../src/insn/insn_view.ts'
import { insnIndex } from '../../src/base/units.ts'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import { resolveMapReferences } from '../../src/loader/resolve_map_references.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import type { RelocatedProgram } from '../../src/relocate/relocated_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'
import { smallKernel } from '../relocate/small_kernel.ts'
import { smallSpec } from './small_object.ts'

const object = relocateObject(smallSpec(), { targetBtf: smallKernel })

function program(): RelocatedProgram {
  return object.programs[0] ?? expect.fail('no program')
}

function descriptors(names: readonly string[]): ReadonlyMap<string, FileDescriptor> {
  const kernel = new FakeKernel()
  return new Map(names.map((name) => [name, new FileDescriptor(kernel, kernel.fsopen(name), name)]))
}

describe('resolveMapReferences', () => {
  it('puts descriptors into a copy, so that the program can be loaded again', () => {
    const relocated = program()
    const before = relocated.insns.slice()
    const view = new InsnView(
      resolveMapReferences(object, relocated, descriptors(['counts', '.data']), undefined),
    )
    expect(disassemble(view.get(insnIndex(0)), view.imm(insnIndex(1)))).toBe('r1 = map[fd:100]')
    expect(disassemble(view.get(insnIndex(2)), view.imm(insnIndex(3)))).toBe('r2 = map[fd:101][0]+8')
    expect(relocated.insns).toEqual(before)
  })

  it('reports each instruction with both of its slots, before and after', () => {
    const steps: unknown[] = []
    resolveMapReferences(object, program(), descriptors(['counts', '.data']), (step) => steps.push(step))
    expect(steps).toHaveLength(2)
    const [before] = loadImm64(1, 0n)
    expect(steps[0]).toMatchObject({
      kind: 'insn-patched',
      program: 'on_exec',
      insn: 0,
      why: 'map',
      before: [before, {}],
      after: [{ ...before, src: 1, imm: 100 }, { imm: 0 }],
    })
  })

  it('refuses a program whose map is left out, and says how it could be loaded', () => {
    const error = bpfErrorOf('LOAD_PROGRAM_REFUSED', () =>
      resolveMapReferences(object, program(), descriptors(['counts']), undefined),
    )
    expect(error).toMatchObject({ object: 'dir/small.bpf.o', program: 'on_exec', map: '.data' })
    expect(error.message).toContain('whose autocreate is off; set it to true')
  })
})
