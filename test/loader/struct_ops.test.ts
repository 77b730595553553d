import { describe, expect, it } from 'vitest'
import { fdNumber, typeId } from '../../src/base/units.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { ModuleDescriptors } from '../../src/loader/module_descriptors.ts'
import type { LoadStep } from '../../src/loader/steps.ts'
import { fitStructOps, planForKernel, structOpsValue } from '../../src/loader/struct_ops.ts'
import type { RelocatedObject } from '../../src/relocate/relocated_object.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { demoSpec } from '../object/struct_ops_object.ts'
import { DATA_OFFSET, KERNEL_SIZE, kernelOffsets, kernelOps } from '../relocate/kernel_struct_ops.ts'
import { BpfKernel } from './bpf_kernel.ts'
import { haveBtfs } from './kernel_modules.ts'

const relocated = (): RelocatedObject =>
  relocateObject(demoSpec(), { targetBtf: () => expect.fail('not asked for') })

/** A kernel whose module `demo_mod` has the struct. */
function moduleKernel(): { kernel: BpfKernel; vmlinux: ReturnType<typeof kernelOps> } {
  const kernel = new BpfKernel()
  const vmlinux = kernelOps({ name: 'x', valueName: 'bpf_struct_ops_x' })
  const { bytes } = kernelOps({ base: vmlinux })
  haveBtfs(kernel, [{ id: 3, name: 'demo_mod', bytes, origin: 'kernel' }])
  return { kernel, vmlinux }
}

describe('struct_ops maps', () => {
  it('are laid out for the kernel, which is told, and get the size of its value', () => {
    const steps: LoadStep[] = []
    const object = relocated()
    const kernelBtf = kernelOps()
    const { plans } = planForKernel(object, {
      kernel: new BpfKernel(),
      kernelBtf: () => kernelBtf,
      observer: (step) => steps.push(step),
    })
    expect(steps).toEqual([{ kind: 'struct-ops-laid-out', plan: plans[0] }])
    const [demo] = fitStructOps(object, plans).maps
    expect(demo).toMatchObject({ name: 'demo', valueSize: DATA_OFFSET + KERNEL_SIZE })
    expect(fitStructOps(object, [])).toBe(object)
  })

  it('that this kernel cannot have cost themselves and their programs', () => {
    const kernel = new BpfKernel()
    using object = loadObject(demoSpec(), { kernel, optional: 'all' })
    expect([...object.mapFailures]).toMatchObject([['demo', { code: 'RELOCATION_BAD_STRUCT_OPS' }]])
    expect([...object.failures.keys()]).toEqual(['on_run', 'on_stop'])
    expect(object.failures.get('on_run')?.message).toContain('struct_ops map demo')
    object.close()
    const error = bpfErrorOf('RELOCATION_BAD_STRUCT_OPS', () => loadObject(demoSpec(), { kernel }))
    expect(error.message).toContain("the running kernel's BTF was looked for")
    expect(error.message).toContain('programs on_run and on_stop refer to it')
    expect(kernel.descriptors.size).toBe(0)
  })

  it('of modules are found in the running kernel, whose types are opened once', () => {
    const { kernel, vmlinux } = moduleKernel()
    const object = relocated()
    const { plans } = planForKernel(object, { kernel, kernelBtf: () => vmlinux, observer: undefined })
    expect(plans[0]!.types.module).toBe('demo_mod')
    {
      using modules = new ModuleDescriptors(kernel, object)
      const user = { kind: 'map', name: 'demo' } as const
      expect(modules.fdOf('demo_mod', user)).toBe(modules.fdOf('demo_mod', user))
      expect(kernel.descriptors.size).toBe(1)
      const gone = bpfErrorOf('LOAD_MODULE_GONE', () => modules.fdOf('other_mod', user))
      expect(gone).toMatchObject({ map: 'demo' })
      expect(gone.message).toContain('cannot create map demo: it refers to module other_mod')
    }
    expect(kernel.descriptors.size).toBe(0)
  })

  it('have the descriptors of the programs for function pointers', () => {
    const types = { type: typeId(1), valueType: typeId(2), module: undefined }
    const offset = kernelOffsets.run
    const plan = {
      map: 'demo',
      types,
      value: new Uint8Array(64),
      slots: [{ program: 'p', member: 0, offset }],
    }
    const value = structOpsValue(plan, new Map([['p', { fd: fdNumber(300) }]]))
    expect(new DataView(value.buffer).getBigUint64(offset, true)).toBe(300n)
    expect(plan.value).toEqual(new Uint8Array(64))
    const { message } = bpfErrorOf('LOAD_SLOT_TARGET_MISSING', () => structOpsValue(plan, new Map()))
    expect(message).toContain('program p, to which it points, was not loaded')
  })
})
