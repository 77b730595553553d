import { describe, expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { Btf } from '../../src/btf/btf.ts'
import { assemble, callKfunc, exit, loadWide } from '../../src/insn/assemble.ts'
import { BPF_PSEUDO_BTF_ID } from '../../src/insn/opcodes.ts'
import { ModuleDescriptors } from '../../src/loader/module_descriptors.ts'
import { resolveModuleReferences } from '../../src/loader/module_references.ts'
import { runningModuleBtfs } from '../../src/loader/target_btf.ts'
import { R_BPF_64_32 } from '../../src/elf/constants.ts'
import { callSubprogram, loadImm64 } from '../../src/insn/assemble.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import type { RelocatedObject, RelocatedProgram } from '../../src/relocate/relocated_object.ts'
import type { RelocateStep } from '../../src/relocate/steps.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeExternObject } from '../object/extern_object.ts'
import { BpfKernel } from './bpf_kernel.ts'
import { type FakeBtf, haveBtfs } from './kernel_modules.ts'

function vmlinuxBtf(): Btf {
  const builder = new BtfBuilder()
  builder.addInt('int', 4, { encoding: 'signed' })
  return Btf.parse(builder.finish({ endianness: 'little' }), { name: 'vmlinux' })
}

const vmlinux = vmlinuxBtf()

function moduleBtf(id: number, name: string): FakeBtf {
  const builder = new BtfBuilder({ base: vmlinux })
  builder.addFunc(`${name}_call`, builder.addFuncProto(typeId(0), []), 'static')
  builder.addVar(`${name}_state`, typeId(1), 'global')
  return { id, name, bytes: builder.finish({ endianness: 'little' }), origin: 'kernel' }
}

const modules = [moduleBtf(3, 'a'), moduleBtf(5, 'b')]

/** A kernel with two modules, and a program that calls a function of each and takes the address of a variable. */
function relocated(): { kernel: BpfKernel; object: RelocatedObject; program: RelocatedProgram } {
  const kernel = new BpfKernel()
  haveBtfs(kernel, modules)
  const bytes = writeExternObject({
    kfuncs: [{ name: 'a_call' }, { name: 'b_call' }],
    ksyms: [{ name: 'b_state', type: 'int' }],
    programs: [
      {
        insns: [callSubprogram(-1), callSubprogram(-1), loadImm64(1, 0n), exit()],
        relocations: [
          { insn: 0, symbol: 'b_call', type: R_BPF_64_32 },
          { insn: 1, symbol: 'a_call', type: R_BPF_64_32 },
          { insn: 2, symbol: 'b_state' },
        ],
      },
    ],
  })
  const object = relocateObject(parseObject(bytes, 'test.bpf.o'), {
    targetBtf: () => vmlinux,
    modules: () => runningModuleBtfs(kernel, vmlinux, undefined),
  })
  return { kernel, object, program: object.programs[0] ?? expect.fail('no program') }
}

describe('resolveModuleReferences', () => {
  it('puts descriptors into fd_array, where calls look for them, and into the second slot of loads', () => {
    const { kernel, object, program } = relocated()
    const steps: RelocateStep[] = []
    const insns = program.insns.slice()
    using descriptors = new ModuleDescriptors(kernel, object)
    const fdArray = resolveModuleReferences(program, insns, descriptors, (step) => void steps.push(step))
    // vmlinux has type 1; each module goes on with a prototype, a function and a variable.
    const [fn, variable] = [3, 4]
    const opened = new Map([...kernel.descriptors].map(([fd, what]) => [what, fd]))
    const fdOf = (id: number): number => opened.get(`BTF ${id}`) ?? -1
    expect(insns).toEqual(
      assemble([
        callKfunc(fn, 2),
        callKfunc(fn, 1),
        loadWide(1, BPF_PSEUDO_BTF_ID, variable, fdOf(5)),
        exit(),
      ]),
    )
    expect(fdArray).toEqual(new Uint8Array(new Int32Array([0, fdOf(3), fdOf(5)]).buffer))
    expect(steps).toMatchObject([{ kind: 'insn-patched', insn: 2, why: 'module' }])
  })

  it('opens each module once, and closes it in the end', () => {
    const { kernel, object, program } = relocated()
    const before = kernel.descriptors.size
    {
      using descriptors = new ModuleDescriptors(kernel, object)
      resolveModuleReferences(program, program.insns.slice(), descriptors, undefined)
      resolveModuleReferences(program, program.insns.slice(), descriptors, undefined)
      expect(kernel.descriptors.size).toBe(before + 2)
    }
    expect(kernel.descriptors.size).toBe(before)
  })

  it('makes no fd_array where nothing of a module is called', () => {
    const { kernel, object, program } = relocated()
    using descriptors = new ModuleDescriptors(kernel, object)
    const loads = { ...program, externs: program.externs.filter(({ form }) => form === 'load') }
    expect(resolveModuleReferences(loads, program.insns.slice(), descriptors, undefined)).toBeUndefined()
  })

  it('says which module has gone, and which program needs it', () => {
    const { kernel, object, program } = relocated()
    haveBtfs(kernel, modules.slice(0, 1))
    using descriptors = new ModuleDescriptors(kernel, object)
    const error = bpfErrorOf('LOAD_MODULE_GONE', () =>
      resolveModuleReferences(program, program.insns.slice(), descriptors, undefined),
    )
    expect(error.message).toContain('test.bpf.o: cannot load program program: it refers to module b')
  })

  it('says why a module’s BTF cannot be opened', () => {
    const { kernel, object, program } = relocated()
    haveBtfs(
      kernel,
      modules.map((each) => ({ ...each, refused: 24 })),
    )
    using descriptors = new ModuleDescriptors(kernel, object)
    const error = bpfErrorOf('LOAD_MODULE_GONE', () =>
      resolveModuleReferences(program, program.insns.slice(), descriptors, undefined),
    )
    expect(error).toMatchObject({ cause: { errnoName: 'EMFILE' } })
  })
})
