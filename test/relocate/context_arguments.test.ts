import { describe, expect, it } from 'vitest'
import type { TypeId } from '../../src/base/units.ts'
import type { Btf } from '../../src/btf/btf.ts'
import type { BtfFunc, BtfFuncProto } from '../../src/btf/types.ts'
import { hasContextTags, nameContexts } from '../../src/relocate/context_arguments.ts'
import type { RelocatedObject } from '../../src/relocate/relocated_object.ts'
import { tagged, type Tagged } from './tagged_object.ts'

/** The function that func_info has for the helper. */
function helperOf({ btf, programs }: RelocatedObject, index = 0): { func: BtfFunc; proto: BtfFuncProto } {
  const id = new DataView(programs[index]!.funcInfo!.bytes.slice().buffer).getUint32(12, true)
  const func = btf!.type(id as TypeId)
  const proto = func.kind === 'func' ? btf!.type(func.proto) : func
  if (func.kind !== 'func' || proto.kind !== 'func_proto') throw new Error(`${func.kind} ${proto.kind}`)
  return { func, proto }
}

const describeParam = (btf: Btf, id: TypeId): string => {
  const type = btf.type(id)
  return type.kind === 'ptr' ? `${describeParam(btf, type.target)} *` : `${type.kind} ${type.name}`
}
const paramsOf = (object: RelocatedObject, index = 0): string[] =>
  helperOf(object, index).proto.params.map(({ type }) => describeParam(object.btf!, type))

const pointerTo =
  (kind: 'struct' | 'typedef', name: string): NonNullable<Tagged['type']> =>
  (builder, types) =>
    builder.addPtr(
      kind === 'struct' ? builder.addStruct(name, 0, []) : builder.addTypedef(name, types['u64']!),
    )

describe('a parameter that is tagged as the context', () => {
  it('is a pointer to the program type’s context, in types of each program’s own', () => {
    const before = tagged({ sections: ['tc', 'xdp', 'kprobe/do_exit', 'perf_event', 'raw_tp/sys_enter'] })
    const after = nameContexts(before)
    const second = (index: number): string => paramsOf(after, index)[1]!
    expect([0, 1, 2, 3, 4].map(second)).toEqual([
      'struct __sk_buff *',
      'struct xdp_md *',
      'struct bpf_user_pt_regs_t *',
      'struct bpf_perf_event_data *',
      'struct bpf_raw_tracepoint_args *',
    ])
    expect(paramsOf(after)).toEqual(['int int', 'struct __sk_buff *', 'void  *'])
    expect(paramsOf(before)).toEqual(['int int', 'void  *', 'void  *'])
  })

  it('belongs to a copy that is like the original in all else, its tag among it', () => {
    const before = tagged({ parameters: [2, 1] })
    const after = nameContexts(before)
    const { func, proto } = helperOf(after)
    expect(func).toMatchObject({ name: 'helper', linkage: 'global' })
    expect(proto).toMatchObject({
      returnType: helperOf(before).proto.returnType,
      params: [{ name: 'flags' }, { name: 'ctx' }, { name: 'more' }],
    })
    expect(paramsOf(after).slice(1)).toEqual(['struct __sk_buff *', 'struct __sk_buff *'])
    const tags = after.btf!.idsOfKind('decl_tag').map((id) => after.btf!.type(id))
    expect(tags.filter((tag) => 'target' in tag && tag.target === func.id)).toMatchObject([
      { name: 'arg:ctx', componentIndex: 2 },
      { name: 'arg:ctx', componentIndex: 1 },
    ])
    // What was there stays, under its id.
    expect(helperOf(before).func).toEqual(after.btf!.type(helperOf(before).func.id))
  })

  it.each<[string, Tagged]>([
    ['struct pt_regs of a kprobe', { type: pointerTo('struct', 'pt_regs'), sections: ['kprobe/do_exit'] }],
    ['struct pt_regs of a perf event', { type: pointerTo('struct', 'pt_regs'), sections: ['perf_event'] }],
    [
      'u64 of a raw tracepoint',
      { type: (builder, types) => builder.addPtr(types['u64']!), sections: ['raw_tp.w/sys_enter'] },
    ],
  ])('may be a %s', (_, changes) => {
    const before = tagged(changes)
    expect(paramsOf(nameContexts(before))[1]).not.toBe(paramsOf(before)[1])
  })

  it.each<[string, Tagged]>([
    ['is the context already', { type: pointerTo('struct', '__sk_buff') }],
    [
      'is that of a kprobe already',
      { type: pointerTo('typedef', 'bpf_user_pt_regs_t'), sections: ['kprobe/x'] },
    ],
    ['points to something else', { type: pointerTo('struct', 'other') }],
    ['is a u64 of a tc program', { type: (builder, types) => builder.addPtr(types['u64']!) }],
    ['is no pointer', { type: (_, types) => types['int']! }],
    ['is one of a static function', { linkage: 'static' }],
    ['is one of a program type without a context by name', { sections: ['syscall'] }],
    ['has another tag', { tag: 'arg:nonnull' }],
    ['is not there', { parameters: [7] }],
  ])('is left alone where it %s', (_, changes) => {
    const before = tagged(changes)
    const after = nameContexts(before)
    expect(helperOf(after).func.id).toBe(helperOf(before).func.id)
    expect(after.btf!.typeCount).toBe(before.btf!.typeCount)
  })

  it('is what makes it worth asking the kernel', () => {
    expect(hasContextTags(tagged())).toBe(true)
    expect(hasContextTags(tagged({ tag: 'arg:nonnull' }))).toBe(false)
    expect(hasContextTags(tagged({ linkage: 'static' }))).toBe(false)
    const { programs, ...object } = tagged()
    expect(
      hasContextTags({ ...object, programs: programs.map((p) => ({ ...p, funcInfo: undefined })) }),
    ).toBe(false)
    expect(hasContextTags({ ...object, programs, btf: undefined })).toBe(false)
    const untyped = { ...object, programs, btf: undefined }
    expect(nameContexts(untyped)).toBe(untyped)
  })
})
