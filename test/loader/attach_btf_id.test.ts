import { describe, expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { findAttachBtfId } from '../../src/loader/attach_btf_id.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { smallSpec } from './small_object.ts'

function kernelBtf(): Btf {
  const builder = new BtfBuilder()
  const int = builder.addInt('int', 4, { encoding: 'signed' })
  const proto = builder.addFuncProto(int, [])
  builder.addTypedef('btf_trace_sched_switch', int)
  for (const name of ['do_exit', 'bpf_lsm_file_open', 'bpf_iter_task', 'sched_switch']) {
    builder.addFunc(name, proto, 'static')
  }
  return Btf.parse(builder.finish({ endianness: 'little' }), { name: 'vmlinux' })
}

function nameOfTarget(section: string): string | undefined {
  const btf = kernelBtf()
  const object = relocateObject(smallSpec({ programs: [{ section }] }), { targetBtf: () => btf })
  const id = findAttachBtfId(object, object.programs[0]!, () => btf)
  return id === undefined ? undefined : btf.nameOf(typeId(id))
}

describe('findAttachBtfId', () => {
  it.each([
    ['tp_btf/sched_switch', 'btf_trace_sched_switch'],
    ['fentry/do_exit', 'do_exit'],
    ['fexit.s/do_exit', 'do_exit'],
    ['fmod_ret/do_exit', 'do_exit'],
    ['lsm/file_open', 'bpf_lsm_file_open'],
    ['lsm_cgroup/file_open', 'bpf_lsm_file_open'],
    ['iter.s/task', 'bpf_iter_task'],
    ['kprobe/do_exit', undefined],
    ['socket', undefined],
  ])('finds for %s the type %s', (section, name) => {
    expect(nameOfTarget(section)).toBe(name)
  })

  it.each([
    ['fentry/nothing', 'LOAD_ATTACH_TARGET_NOT_FOUND', "the kernel's BTF has no func nothing (modules"],
    ['tp_btf/do_exit', 'LOAD_ATTACH_TARGET_NOT_FOUND', 'has no typedef btf_trace_do_exit'],
    ['lsm', 'LOAD_ATTACH_TARGET_NOT_FOUND', 'does not say what to attach to, as lsm/NAME does'],
  ])('refuses %s', (section, code, found) => {
    const error = bpfErrorOf(code, () => nameOfTarget(section))
    expect(error.message).toContain(`small.bpf.o: cannot load program program of section ${section}: `)
    expect(error.message).toContain(found)
    expect(error.message).toContain('set its autoload to false')
  })
})
