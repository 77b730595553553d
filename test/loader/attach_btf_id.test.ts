import { describe, expect, it } from 'vitest'
import { findAttachBtfId } from '../../src/loader/attach_btf_id.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { functionTypes } from './function_types.ts'
import { smallSpec } from './small_object.ts'

const vmlinux = functionTypes()
const modules = [
  { name: 'first_mod', btf: functionTypes(['mod_run', 'twice'], vmlinux) },
  { name: 'second_mod', btf: functionTypes(['twice', 'do_exit'], vmlinux) },
]

/** The name of what was found and the module that has it, as `module:name`. */
function found(section: string, known = modules, name?: string): string | undefined {
  const object = relocateObject(smallSpec({ programs: [{ section }] }), { targetBtf: () => vmlinux })
  const kernel = { vmlinux: () => vmlinux, modules: () => known }
  const place = findAttachBtfId(object, object.programs[0]!, kernel, name)
  if (place?.module === undefined) return place && vmlinux.nameOf(place.id)
  return `${place.module}:${known.find((each) => each.name === place.module)!.btf.nameOf(place.id)}`
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
    ['fentry/mod_run', 'first_mod:mod_run'],
    ['fentry/twice', 'first_mod:twice'],
    ['fentry/second_mod:twice', 'second_mod:twice'],
    ['fentry/second_mod:do_exit', 'second_mod:do_exit'],
    ['kprobe/do_exit', undefined],
    ['socket', undefined],
  ])('finds for %s the type %s', (section, name) => {
    expect(found(section)).toBe(name)
  })

  it('takes another name for the one in the section’s', () => {
    expect(found('fentry', modules, 'do_exit')).toBe('do_exit')
    expect(found('lsm/nothing', modules, 'file_open')).toBe('bpf_lsm_file_open')
  })

  it.each([
    ['fentry/nothing', "the kernel's BTF has no func nothing, nor has one of its 2 modules; set"],
    ['fentry/do_exut', 'no func do_exut, nor has one of its 2 modules; did you mean do_exit?; set'],
    [
      'lsm/file_opne',
      'no func bpf_lsm_file_opne, nor has one of its 2 modules; did you mean file_open?; set',
    ],
    ['tp_btf/do_exit', 'has no typedef btf_trace_do_exit'],
    ['fentry/first_mod:do_exit', 'module first_mod has no func do_exit; set'],
    ['fentry/first_mod:mod_rum', 'module first_mod has no func mod_rum; did you mean mod_run?; set'],
    ['fentry/third_mod:twice', 'the kernel has no types of a module third_mod; is it loaded?; set'],
    ['lsm', 'does not say what to attach to, as lsm/NAME does'],
  ])('refuses %s', (section, what) => {
    const error = bpfErrorOf('LOAD_ATTACH_TARGET_NOT_FOUND', () => found(section))
    expect(error.message).toContain(`small.bpf.o: cannot load program program of section ${section}: `)
    expect(error.message).toContain(what)
    expect(error.message).toContain('set its autoload to false')
  })

  it('says nothing of modules where there are none', () => {
    const error = bpfErrorOf('LOAD_ATTACH_TARGET_NOT_FOUND', () => found('fentry/nothing', []))
    expect(error.message).toContain("the kernel's BTF has no func nothing; set")
  })
})
