import { describe, expect, it } from 'vitest'
import type { Btf } from '../../src/btf/btf.ts'
import type { MemberSpec } from '../../src/btf/encoder.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { planStructOps, structOpsAttachment, type StructOpsPlan } from '../../src/relocate/plan_struct_ops.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { addDemoOps, demoBytes, demoIn, demoOffsets, demoSpec } from '../object/struct_ops_object.ts'
import { DATA_OFFSET, kernelOffsets, kernelOps, type KernelOpsChanges } from './kernel_struct_ops.ts'

const notAsked = (): never => {
  throw new Error('not asked for')
}

function plan(
  spec: ObjectSpec,
  vmlinux: () => Btf = () => kernelOps(),
  modules: Parameters<typeof planStructOps>[1]['modules'] = notAsked,
): readonly StructOpsPlan[] {
  const { plans, failures } = planStructOps(relocateObject(spec, { targetBtf: notAsked }), {
    vmlinux,
    modules,
  })
  for (const { error } of failures) throw error
  return plans
}

describe('a struct_ops map', () => {
  it('is laid out as the kernel’s struct, members by their names', () => {
    const vmlinux = kernelOps()
    const [demo] = plan(demoSpec(), () => vmlinux)
    expect(demo).toMatchObject({
      map: 'demo',
      types: {
        module: undefined,
        type: vmlinux.find('demo_ops', 'struct')?.id,
        valueType: vmlinux.find('bpf_struct_ops_demo_ops', 'struct')?.id,
      },
      slots: [
        { program: 'on_run', member: 5, offset: DATA_OFFSET + kernelOffsets.run },
        { program: 'on_stop', member: 2, offset: DATA_OFFSET + kernelOffsets.stop },
      ],
    })
    const expected = new Uint8Array(160)
    expected[DATA_OFFSET + kernelOffsets.level] = 7
    expected.set(new TextEncoder().encode('demo'), DATA_OFFSET + kernelOffsets.name)
    expect(demo!.value).toEqual(expected)
  })

  it('has what was set in the spec', () => {
    const spec = demoSpec()
    spec.structOps['demo']!['level'] = 9
    spec.structOps['demo']!['run'] = 'spare'
    spec.structOps['demo']!['stop'] = null
    const [demo] = plan(spec)
    expect(demo!.value[DATA_OFFSET + kernelOffsets.level]).toBe(9)
    expect(demo!.slots.map(({ program }) => program)).toEqual(['spare'])
  })

  it('may be a flavour of the kernel’s struct', () => {
    const spec = demoSpec({
      types: (builder, types) => ({ demo_ops: addDemoOps(builder, types, 'demo_ops___v2') }),
    })
    expect(plan(spec)).toHaveLength(1)
  })

  it('is looked for in modules where vmlinux does not have it', () => {
    const vmlinux = kernelOps({ name: 'other_ops', valueName: 'bpf_struct_ops_other_ops' })
    const btf = kernelOps({ base: vmlinux })
    const [demo] = plan(
      demoSpec(),
      () => vmlinux,
      () => [
        { name: 'empty', btf: kernelOps({ base: vmlinux, name: 'x', valueName: 'y' }) },
        { name: 'demo_module', btf },
      ],
    )
    expect(demo!.types).toEqual({
      module: 'demo_module',
      type: btf.find('demo_ops', 'struct')?.id,
      valueType: btf.find('bpf_struct_ops_demo_ops', 'struct')?.id,
    })
  })

  it('asks for no types where it is left out, or where there is none', () => {
    expect(plan(demoSpec(demoIn('?.struct_ops')), notAsked)).toEqual([])
    expect(plan(demoSpec({ data: {}, pointers: {} }), notAsked)).toEqual([])
  })

  it('may have members that the kernel does not have, as long as they are zero', () => {
    const without = (name: string): (() => Btf) => {
      const members: KernelOpsChanges['members'] = (types) => [
        { name: 'run', type: types.pointer, bitOffset: 0 },
        { name: 'stop', type: types.pointer, bitOffset: 64 },
        ...(name === 'level' ? [] : [{ name: 'level', type: types['int']!, bitOffset: 128 }]),
        ...(name === 'name' ? [] : [{ name: 'name', type: types['text']!, bitOffset: 256 }]),
      ]
      return () => kernelOps({ members })
    }
    expect(plan(demoSpec(), without('owner'))).toHaveLength(1)
    const { message } = bpfErrorOf('RELOCATION_BAD_STRUCT_OPS', () => plan(demoSpec(), without('level')))
    expect(message).toContain('demo.bpf.o: cannot make struct_ops map demo for this kernel')
    expect(message).toContain('struct demo_ops of the kernel has no member level, and the object sets it')
    expect(message).toContain('set its autocreate to false')
    const spec = demoSpec()
    spec.structOps['demo']!['level'] = 0
    expect(plan(spec, without('level'))).toHaveLength(1)
  })

  it('may not have a program for a member that the kernel does not have, unless it is cleared', () => {
    const vmlinux = (): Btf =>
      kernelOps({
        members: (types) => [
          { name: 'stop', type: types.pointer, bitOffset: 0 },
          { name: 'level', type: types['int']!, bitOffset: 64 },
          { name: 'name', type: types['text']!, bitOffset: 128 },
        ],
      })
    bpfErrorOf('RELOCATION_BAD_STRUCT_OPS', () => plan(demoSpec(), vmlinux))
    const spec = demoSpec()
    spec.structOps['demo']!['run'] = null
    expect(plan(spec, vmlinux)[0]!.slots.map(({ program }) => program)).toEqual(['on_stop'])
  })
})

describe('a struct_ops map that the kernel has not', () => {
  const messageOf = (vmlinux: Btf, spec = demoSpec()): string =>
    bpfErrorOf('RELOCATION_BAD_STRUCT_OPS', () =>
      plan(
        spec,
        () => vmlinux,
        () => [],
      ),
    ).message
  const withMember = (name: string, change: (types: Record<string, never>) => MemberSpec): Btf =>
    kernelOps({
      members: (types) =>
        [
          { name: 'run', type: types.pointer, bitOffset: 0 },
          { name: 'stop', type: types.pointer, bitOffset: 64 },
          { name: 'level', type: types['int']!, bitOffset: 128 },
          { name: 'name', type: types['text']!, bitOffset: 256 },
          { name: 'owner', type: types['data']!, bitOffset: 512 },
        ].map((member) => (member.name === name ? change(types as never) : member)),
    })

  it('is an error that says what is missing', () => {
    expect(messageOf(kernelOps({ valueName: 'other' }))).toContain(
      "neither the kernel's BTF nor that of a module has a struct bpf_struct_ops_demo_ops",
    )
  })

  it('is an error where a member differs', () => {
    const level = (type: string): Btf =>
      withMember('level', (types) => ({ name: 'level', type: types[type]!, bitOffset: 128 }))
    expect(messageOf(level('u64'))).toContain('member level has 4 bytes in the object and 8 in the kernel')
    expect(messageOf(level('data'))).toContain('level is of kind int in the object and ptr in the kernel')
    const bits = withMember('level', (types) => ({
      name: 'level',
      type: types['int']!,
      bitOffset: 128,
      bitfieldSize: 3,
    }))
    expect(messageOf(bits)).toContain('member level is a bitfield, which is not supported')
    const run = withMember('run', (types) => ({ name: 'run', type: types['data']!, bitOffset: 0 }))
    expect(messageOf(run)).toContain('run points to program on_run, and is no function pointer in the kernel')
  })

  it('is an error where a pointer to data is set', () => {
    const bytes = demoBytes()
    bytes[demoOffsets.owner] = 1
    const data = { '.struct_ops': [{ name: 'demo', type: 'demo_ops', bytes }] }
    expect(messageOf(kernelOps(), demoSpec({ data }))).toContain(
      'member owner is a pointer that is neither null nor a program',
    )
  })

  it('is an error where one program is to be for two function pointers', () => {
    const spec = demoSpec()
    spec.structOps['demo']!['stop'] = 'on_run'
    expect(messageOf(kernelOps(), spec)).toContain('program on_run is used for two function pointers')
  })

  it('is an error where a member lies outside of the variable', () => {
    const spec = demoSpec({
      types: (builder, types) => ({
        demo_ops: builder.addStruct('demo_ops', 8, [{ name: 'level', type: types['int']!, bitOffset: 64 }]),
      }),
      pointers: {},
    })
    expect(messageOf(kernelOps(), spec)).toContain('member level ends at byte 12, and the variable has 8')
  })
})

describe('a program of struct_ops maps', () => {
  it('is verified for the struct and the member, which several maps may share', () => {
    const [demo] = demoIn('.struct_ops.link').data!['.struct_ops.link']!
    const spec = demoSpec({
      data: { ...demoIn('.struct_ops').data, '.struct_ops.link': [{ ...demo!, name: 'second' }] },
      pointers: { ...demoIn('.struct_ops').pointers, ...demoIn('.struct_ops.link').pointers },
    })
    const vmlinux = kernelOps()
    const plans = plan(spec, () => vmlinux)
    expect(plans.map(({ map }) => map)).toEqual(['demo', 'second'])
    expect(structOpsAttachment(plans, 'on_stop')).toEqual({
      type: vmlinux.find('demo_ops', 'struct')?.id,
      module: undefined,
      member: 2,
    })
    expect(structOpsAttachment(plans, 'spare')).toBeUndefined()
  })
})
