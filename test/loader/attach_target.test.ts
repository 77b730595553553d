import { describe, expect, it } from 'vitest'
import { fdNumber, typeId } from '../../src/base/units.ts'
import { type AttachTargets, attachTargetOf } from '../../src/loader/attach_target.ts'
import { ModuleDescriptors } from '../../src/loader/module_descriptors.ts'
import { runningModuleBtfs } from '../../src/loader/target_btf.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { writeObject } from '../object/object_writer.ts'
import { kernelOps } from '../relocate/kernel_struct_ops.ts'
import { BpfKernel } from './bpf_kernel.ts'
import { functionTypes } from './function_types.ts'
import { haveBtfs } from './kernel_modules.ts'
import { smallSpec } from './small_object.ts'
import { targetTypes, withBtf } from './target_program.ts'

/** Its types have been looked at, as when a struct_ops map is laid out. */
function kernelWithModule(name: string): BpfKernel {
  const kernel = new BpfKernel()
  const vmlinux = kernelOps({ name: 'x', valueName: 'bpf_struct_ops_x' })
  haveBtfs(kernel, [{ id: 3, name, bytes: kernelOps({ base: vmlinux }).bytes, origin: 'kernel' }])
  runningModuleBtfs(kernel, vmlinux, undefined)
  return kernel
}

function attach(section: string, changes: Partial<AttachTargets> = {}): ReturnType<typeof attachTargetOf> {
  const kernel = new BpfKernel()
  haveBtfs(kernel, [{ id: 7, name: '', bytes: targetTypes(), origin: 'user' }])
  withBtf(kernel, 7)
  const spec = parseObject(writeObject({ programs: [{ section }] }), 'small.bpf.o')
  const moduleKernel = kernelWithModule('demo_mod')
  const notAsked = (): never => expect.fail('not asked for')
  const object = relocateObject(spec, { targetBtf: notAsked })
  const load: AttachTargets = {
    kernel,
    object,
    kernelTypes: { vmlinux: () => functionTypes(), modules: () => [] },
    structOps: [],
    modules: new ModuleDescriptors(moduleKernel, object),
    targets: {},
    ...changes,
  }
  return attachTargetOf(load, object.programs[0]!)
}

const target = (name?: string): AttachTargets['targets'] => ({
  program: { program: { fd: fdNumber(55) }, ...(name === undefined ? {} : { function: name }) },
})
const types = { type: typeId(30), valueType: typeId(31) }
const slots = [{ program: 'program', member: 5, offset: 8 }]

describe('what a program is verified for', () => {
  it('is nothing for programs that can be attached anywhere', () => {
    expect(attach('tc')).toEqual({ attach_btf_id: undefined })
  })

  it('is a function pointer of a struct_ops map', () => {
    const plan = { map: 'demo', types: { ...types, module: undefined }, value: new Uint8Array(), slots }
    expect(attach('struct_ops/run', { structOps: [plan] })).toEqual({
      attach_btf_id: 30,
      expected_attach_type: 5,
    })
  })

  it('is one of a module’s struct_ops', () => {
    const plan = { map: 'demo', types: { ...types, module: 'demo_mod' }, value: new Uint8Array(), slots }
    expect(attach('struct_ops/run', { structOps: [plan] })).toEqual({
      attach_btf_id: 30,
      expected_attach_type: 5,
      attach_btf_obj_fd: 101,
    })
  })

  it('is missing for a struct_ops program that no map points to', () => {
    const error = bpfErrorOf('LOAD_PROGRAM_UNUSED', () => attach('struct_ops'))
    expect(error.message).toContain('program program of section struct_ops: no struct_ops map points to it')
  })

  it('is a function of another program, by the section’s name or by another', () => {
    expect(attach('freplace/handler', { targets: target() })).toEqual({
      attach_prog_fd: 55,
      attach_btf_id: 4,
    })
    expect(attach('freplace', { targets: target('other') })).toEqual({ attach_prog_fd: 55, attach_btf_id: 5 })
    expect(attach('fentry/handler', { targets: target() })).toEqual({ attach_prog_fd: 55, attach_btf_id: 4 })
  })

  it('is a place in the kernel, by the section’s name or by another', () => {
    const id = functionTypes().find('do_exit', 'func')!.id
    expect(attach('fentry/do_exit')).toEqual({ attach_btf_id: id })
    expect(attach('fentry', { targets: { program: { place: 'do_exit' } } })).toEqual({ attach_btf_id: id })
    expect(attach('fexit/nothing', { targets: { program: { place: 'do_exit' } } })).toEqual({
      attach_btf_id: id,
    })
  })

  it('is a place in a module, with the module’s types', () => {
    const vmlinux = functionTypes()
    const kernel = new BpfKernel()
    const module = functionTypes(['mod_run'], vmlinux)
    haveBtfs(kernel, [{ id: 3, name: 'demo_mod', bytes: module.bytes, origin: 'kernel' }])
    const modules = new ModuleDescriptors(kernel, relocateObject(smallSpec(), { targetBtf: () => vmlinux }))
    const kernelTypes = {
      vmlinux: () => vmlinux,
      modules: () => runningModuleBtfs(kernel, vmlinux, undefined),
    }
    expect(attach('fentry/mod_run', { kernelTypes, modules })).toEqual({
      attach_btf_id: module.find('mod_run', 'func')!.id,
      attach_btf_obj_fd: expect.any(Number) as number,
    })
    modules[Symbol.dispose]()
    expect(kernel.descriptors.size).toBe(0)
  })

  it('has to be said for freplace', () => {
    const { message } = bpfErrorOf('LOAD_ATTACH_TARGET_NOT_FOUND', () => attach('freplace/handler'))
    expect(message).toContain("name it in the load option 'targets': { program: { program } }")
    bpfErrorOf('LOAD_ATTACH_TARGET_NOT_FOUND', () => attach('freplace', { targets: target() }))
  })
})
