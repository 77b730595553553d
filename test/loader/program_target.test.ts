import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { fdNumber } from '../../src/base/units.ts'
import { findTargetFunction, type FunctionOfProgram } from '../../src/loader/program_target.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { exit, movImm } from '../../src/insn/assemble.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { bpfTest } from '../kernel/require.ts'
import { writeObject } from '../object/object_writer.ts'
import { BpfKernel } from './bpf_kernel.ts'
import { haveBtfs } from './kernel_modules.ts'
import { targetTypes, withBtf } from './target_program.ts'

const object = relocateObject(
  parseObject(writeObject({ programs: [{ name: 'new', section: 'freplace/handler' }] }), 'ext.bpf.o'),
  { targetBtf: () => expect.fail('not asked for') },
)

function find(kernel: BpfKernel, target: Partial<FunctionOfProgram> = {}): number {
  return findTargetFunction(kernel, object, object.programs[0]!, { program: { fd: fdNumber(9) }, ...target })
}

function kernelWith(btfId: number): BpfKernel {
  const kernel = new BpfKernel()
  haveBtfs(kernel, [{ id: 7, name: '', bytes: targetTypes(), origin: 'user' }])
  withBtf(kernel, btfId)
  return kernel
}

describe('a function of another program', () => {
  it('is found in the types that the program was loaded with', () => {
    const kernel = kernelWith(7)
    expect(find(kernel)).toBe(4)
    expect(find(kernel, { function: 'other' })).toBe(5)
    expect(kernel.descriptors.size).toBe(0)
  })

  it('that is not there is an error that lists those that are', () => {
    const { message } = bpfErrorOf('LOAD_ATTACH_TARGET_NOT_FOUND', () =>
      find(kernelWith(7), { function: 'x' }),
    )
    expect(message).toContain('cannot load program new of section freplace/handler')
    expect(message).toContain('the target program has no function x; its BTF has handler, other')
  })

  it('of a program without BTF cannot be found', () => {
    for (const id of [0, 8]) {
      const { message } = bpfErrorOf('LOAD_ATTACH_TARGET_NOT_FOUND', () => find(kernelWith(id)))
      expect(message).toContain('was loaded without BTF')
    }
  })

  it('cannot be found where the kernel does not tell', () => {
    const kernel = kernelWith(7)
    const error = bpfErrorOf('LOAD_ATTACH_TARGET_NOT_FOUND', () =>
      findTargetFunction(
        failingKernel(kernel, { command: 'BPF_BTF_GET_FD_BY_ID', errno: 1 }),
        object,
        object.programs[0]!,
        { program: { fd: fdNumber(9) } },
      ),
    )
    expect(error).toMatchObject({ cause: { errnoName: 'EPERM' } })
  })

  bpfTest('is replaced, or refused as not permitted, on the real kernel', () => {
    const of = (section: string, name: string): ReturnType<typeof parseObject> =>
      parseObject(writeObject({ programs: [{ name, section, insns: [movImm(0, 0), exit()] }] }), 'ext.bpf.o')
    using target = loadObject(of('xdp', 'handler'))
    const targets = { replacement: { program: target.programs.get('handler')! } }
    try {
      loadObject(of('freplace/handler', 'replacement'), { targets }).close()
    } catch (error) {
      expect(error instanceof BpfError ? error.code : error).toMatch(/^(NOT_PERMITTED|VERIFIER_REJECTED)$/)
    }
  })
})
