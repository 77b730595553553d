import { describe, expect, it } from 'vitest'
import { typeId, VOID, type TypeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import type { ModuleBtf } from '../../src/btf/module_btf.ts'
import type { ExternFailure, ExternOutcome } from '../../src/relocate/extern_resolution.ts'
import { resolveKernelTypes, type TypedExtern } from '../../src/relocate/resolve_kernel_types.ts'

/** Functions by the number of their int parameters, and int variables. */
interface Contents {
  readonly functions?: Readonly<Record<string, number>>
  readonly variables?: readonly string[]
}

function typesOf({ functions = {}, variables = [] }: Contents, name: string, base?: Btf): Btf {
  const builder = new BtfBuilder(base === undefined ? {} : { base })
  const int = base === undefined ? builder.addInt('int', 4, { encoding: 'signed' }) : typeId(1)
  for (const [fn, count] of Object.entries(functions)) {
    const params = Array.from({ length: count }, () => ({ name: 'p', type: int }))
    builder.addFunc(fn, builder.addFuncProto(VOID, params), 'static')
  }
  for (const variable of variables) builder.addVar(variable, int, 'global')
  return Btf.parse(builder.finish({ endianness: 'little' }), { name, base })
}

/** The object's types: an int, prototypes of no and of one parameter, a struct. */
function objectTypes(): { btf: Btf; int: TypeId; none: TypeId; one: TypeId; struct: TypeId } {
  const builder = new BtfBuilder()
  const int = builder.addInt('int', 4, { encoding: 'signed' })
  const none = builder.addFuncProto(VOID, [])
  const one = builder.addFuncProto(VOID, [{ name: 'dummy_ksym', type: int }])
  const struct = builder.addStruct('rq', 4, [{ name: 'nr', type: int, bitOffset: 0 }])
  const btf = Btf.parse(builder.finish({ endianness: 'little' }), { name: 'test.bpf.o' })
  return { btf, int, none, one, struct }
}

const local = objectTypes()

const fn = (name: string, type: TypeId, weak = false): TypedExtern => ({ kind: 'kfunc', name, weak, type })
const variable = (name: string, type: TypeId, weak = false): TypedExtern => ({
  kind: 'ksym',
  name,
  weak,
  type,
})

function outcomes(
  externs: readonly TypedExtern[],
  vmlinux: Btf,
  modules: readonly ModuleBtf[] = [],
): readonly ExternOutcome[] {
  return [...resolveKernelTypes(local.btf, externs, { vmlinux, modules: () => modules }).values()]
}

function failureOf(extern: TypedExtern, vmlinux: Btf, modules: readonly ModuleBtf[] = []): ExternFailure {
  const [outcome] = outcomes([extern], vmlinux, modules)
  return outcome?.kind === 'failed' ? outcome : expect.fail(`not failed but ${outcome?.kind ?? 'nothing'}`)
}

const vmlinux = typesOf(
  { functions: { lock: 0, release: 1 }, variables: ['runqueues', 'release'] },
  'vmlinux',
)

describe('resolveKernelTypes', () => {
  it('finds functions and variables by name and kind, and asks for no modules where the kernel has them all', () => {
    const found = resolveKernelTypes(
      local.btf,
      [
        fn('lock', local.none),
        fn('release', local.one),
        variable('runqueues', local.int),
        variable('release', local.int),
      ],
      { vmlinux, modules: () => expect.fail('modules were searched') },
    )
    const ids = [
      vmlinux.find('lock', 'func'),
      vmlinux.find('release', 'func'),
      vmlinux.find('runqueues', 'var'),
      vmlinux.find('release', 'var'),
    ]
    expect([...found.values()]).toEqual(
      ids.map((type) => ({ kind: 'kernel type', id: type?.id, module: undefined, fdIndex: 0 })),
    )
  })

  it('searches the modules for what the kernel does not have, and numbers those whose functions are called', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => {
      const types = { functions: { [`${name}_call`]: 0, both: 0 }, variables: [`${name}_state`] }
      return { name, btf: typesOf(types, name, vmlinux) }
    }) as [ModuleBtf, ModuleBtf, ModuleBtf]
    const externs = [
      variable('a_state', local.int),
      fn('c_call', local.none),
      fn('b_call', local.none),
      fn('both', local.none),
      fn('lock', local.none),
    ]
    const found = outcomes(externs, vmlinux, [a, b, c])
    expect(found).toMatchObject([
      { module: 'a', fdIndex: 0, id: a.btf.find('a_state', 'var')?.id },
      { module: 'c', fdIndex: 1, id: c.btf.find('c_call', 'func')?.id },
      { module: 'b', fdIndex: 2 },
      { module: 'a', fdIndex: 3, id: a.btf.find('both', 'func')?.id },
      { module: undefined, fdIndex: 0 },
    ])
  })

  it('takes the flavours of a function for that function, if the prototype fits, and only then', () => {
    const flavours = [fn('lock___new', local.none, true), fn('lock___old', local.one, true)]
    expect(outcomes(flavours, vmlinux)).toMatchObject([{ kind: 'kernel type' }, { kind: 'missing' }])
  })

  it('takes no flavour of a variable for the variable, and no flavour of the kernel’s for a function', () => {
    expect(outcomes([variable('runqueues___x', local.int, true)], vmlinux)).toEqual([{ kind: 'missing' }])
    const flavoured = typesOf({ functions: { lock___x: 0 } }, 'vmlinux')
    expect(outcomes([fn('lock', local.none, true)], flavoured)).toEqual([{ kind: 'missing' }])
  })

  it('fails a strong one that is missing, saying what was searched, and leaves a weak one out', () => {
    const modules = [{ name: 'm', btf: typesOf({}, 'm', vmlinux) }]
    expect(failureOf(fn('nobody', local.none), vmlinux, modules)).toMatchObject({
      code: 'RELOCATION_EXTERN_NOT_FOUND',
      why: expect.stringContaining(
        'nobody is no function in the BTF of vmlinux and 1 module; declare it __weak',
      ) as string,
    })
    expect(failureOf(fn('nobody___x', local.none), vmlinux).why).toContain(
      'stands for nobody(), which is no function',
    )
    expect(failureOf(variable('nobody', local.int), vmlinux).why).toContain('per-CPU variables only')
    expect(outcomes([fn('nobody', local.none, true), variable('nobody', local.int, true)], vmlinux)).toEqual([
      { kind: 'missing' },
      { kind: 'missing' },
    ])
  })

  it('fails a strong function of another prototype, and shows both', () => {
    const failure = failureOf(fn('lock', local.one), vmlinux)
    expect(failure.code).toBe('RELOCATION_BAD_EXTERN')
    expect(failure.why).toContain('is declared as void (int), and in vmlinux it is void (void)')
  })

  it('fails a variable of another type, weak or not', () => {
    const failure = failureOf(variable('runqueues', local.struct, true), vmlinux)
    expect(failure.code).toBe('RELOCATION_BAD_EXTERN')
    expect(failure.why).toContain('is declared as struct rq, and in vmlinux it is int')
  })

  it('fails a function whose types make no sense, and no other', () => {
    const builder = new BtfBuilder()
    builder.addInt('int', 4)
    builder.addFunc('lock', typeId(999), 'static')
    builder.addFunc('other', builder.addFuncProto(VOID, []), 'static')
    const broken = Btf.parse(builder.finish({ endianness: 'little' }), { name: 'vmlinux' })
    const [first, second] = outcomes([fn('lock', local.none), fn('other', local.none)], broken)
    expect(first).toMatchObject({
      kind: 'failed',
      code: 'RELOCATION_BAD_EXTERN',
      cause: { code: 'BTF_NO_SUCH_TYPE' },
    })
    expect(second).toMatchObject({ kind: 'kernel type' })
  })
})
