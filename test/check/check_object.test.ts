import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Btf } from '../../src/btf/btf.ts'
import { checkObject, type ObjectCheck } from '../../src/check/check_object.ts'
import { call, exit, movImm } from '../../src/insn/assemble.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { addBasics, built } from '../btf/build.ts'
import { writeObject } from '../object/object_writer.ts'
import { type KernelDescription, kernelTypes } from './kernel_types.ts'

const path = join(import.meta.dirname, '../fixtures/check/newer_field.bpf.o')

const onKernel = (spec: ObjectSpec, vmlinux: Btf): ObjectCheck =>
  checkObject(spec, { name: 'test', vmlinux, modules: [] })

function newerField(...programs: readonly string[]): ObjectSpec {
  const spec = parseObject(readFileSync(path), 'newer_field.bpf.o')
  for (const program of spec.programs.values()) program.autoload = programs.includes(program.name)
  return spec
}

const OLD = kernelTypes({ fields: ['old_field'] })

describe('checkObject', () => {
  it('says yes where everything is there, and where CO-RE found it', () => {
    const all = newerField('unguarded', 'guarded', 'by_read_only_data', 'at_function')
    const { verdict, findings, values } = onKernel(all, kernelTypes())
    expect({ verdict, findings }).toEqual({ verdict: 'yes', findings: [] })
    expect(values.get('field_byte_offset of struct thing.new_field')).toBe(12n)
    expect(values.get('field_exists of struct thing.new_field')).toBe(1n)
  })

  it('says no to a field that is not there, with the C line, and yes where the program looks for it first', () => {
    const { verdict, findings } = onKernel(newerField('unguarded', 'guarded'), OLD)
    expect(verdict).toBe('no')
    expect(findings).toMatchObject([
      {
        subject: 'CO-RE',
        of: 'unguarded',
        line: { text: 'int unguarded(struct bpf_raw_tracepoint_args *ctx)' },
        why: 'struct thing.new_field is not there: of 1 type of that name none has it',
      },
    ])
    expect(onKernel(newerField('guarded'), OLD).verdict).toBe('yes')
  })

  it('reads the constants that guard it, as they are set', () => {
    const spec = newerField('by_read_only_data')
    expect(onKernel(spec, OLD).verdict).toBe('yes')
    spec.globals['wants_new_field'] = true
    expect(onKernel(spec, OLD).findings).toMatchObject([{ subject: 'CO-RE', of: 'by_read_only_data' }])
  })

  it.each<[string, string, KernelDescription, object]>([
    ['unguarded', 'helper', { helpers: [] }, { why: 'the kernel has no helper bpf_probe_read_kernel()' }],
    ['unguarded', 'helper', { without: ['bpf_func_id'] }, { verdict: 'unknown' }],
    [
      'unguarded',
      'attach target',
      { tracepoints: ['sched_switch'] },
      { verdict: 'no', why: 'the kernel has no tracepoint thing_done' },
    ],
    ['unguarded', 'attach target', { tracepoints: [] }, { verdict: 'unknown' }],
    ['at_function', 'attach target', { functions: [] }, { verdict: 'unknown' }],
    ['unguarded', 'program type', { without: ['bpf_prog_type'] }, { verdict: 'unknown' }],
    ['unguarded', 'map type', { without: ['bpf_map_type'] }, { verdict: 'unknown', of: '.rodata' }],
  ])('looks for what program %s needs: %s in %j', (program, subject, description, finding) => {
    const { findings } = onKernel(newerField(program), kernelTypes(description))
    const [found] = findings.filter((each) => each.subject === subject)
    expect(found).toMatchObject(finding)
  })

  it('looks for types of programs and for what they are verified for', () => {
    const sections = [
      'xdp',
      'fentry/thing_do',
      'fentry/gone',
      'fentry/mod:run',
      'freplace/main',
      'fexit/thing_do',
    ]
    const insns = [movImm(0, 0), exit()]
    const programs = sections.map((section, index) => ({ name: `p${index}`, section, insns }))
    const { findings } = onKernel(parseObject(writeObject({ programs }), 'several.bpf.o'), kernelTypes())
    expect(findings.map(({ verdict, subject, of }) => `${of}, ${subject}: ${verdict}`)).toEqual([
      'p0, program type: no',
      'p2, attach target: no',
      'p3, attach target: unknown',
      'p4, program type: no',
      'p4, attach target: unknown',
      'p5, attach type: no',
    ])
  })

  it('tells a helper once for each program', () => {
    const insns = [call(3), call(3), movImm(0, 0), exit()]
    const spec = parseObject(
      writeObject({ programs: [{ section: 'raw_tp/thing_done', insns }] }),
      'calls.bpf.o',
    )
    expect(onKernel(spec, kernelTypes()).findings.map(({ why }) => why)).toEqual([
      'the kernel has no helper bpf_map_delete_elem()',
    ])
  })

  it('says no to an object of the other byte order', () => {
    const { btf } = built((builder) => addBasics(builder).int, { endianness: 'big' })
    expect(onKernel(newerField('guarded'), btf).findings).toMatchObject([
      { subject: 'object', why: "its byte order is little, and the kernel's is big" },
    ])
  })
})
