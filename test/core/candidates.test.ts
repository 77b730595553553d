import { describe, expect, it } from 'vitest'
import { VOID } from '../../src/base/units.ts'
import type { Btf } from '../../src/btf/btf.ts'
import { CandidateLists, kindsAreCompatible } from '../../src/core/candidates.ts'
import { addBasics, built } from '../btf/build.ts'

const noEnumerators = { size: 4, signed: false, enumerators: [] }

const local = built((builder) => ({
  task: builder.addStruct('task', 4, []),
  flavour: builder.addStruct('task___old', 4, []),
  union: builder.addUnion('task', 4, []),
  state: builder.addEnum('state', noEnumerators),
  typedef: builder.addTypedef('pid_t', addBasics(builder).int),
  anonymous: builder.addStruct('', 4, []),
  absent: builder.addStruct('absent', 4, []),
}))

const target = built((builder) => ({
  anonymous: builder.addStruct('', 4, []),
  first: builder.addStruct('task', 8, []),
  typedef: builder.addTypedef('task', VOID),
  second: builder.addStruct('task', 16, []),
  flavour: builder.addStruct('task___2', 8, []),
  longer: builder.addStruct('task_struct', 8, []),
  fwd: builder.addFwd('task', 'struct'),
  state: builder.addEnum64('state', { ...noEnumerators, size: 8 }),
  pid: builder.addTypedef('pid_t', addBasics(builder).u32),
}))

const { task, flavour, union, state, typedef, anonymous, absent } = local.ids

const targets = { vmlinux: () => target.btf, modules: () => [] }

function listsOf(): CandidateLists {
  return new CandidateLists(local.btf, targets, Object.values(local.ids))
}

function idsOf(lists: CandidateLists, root: typeof task): number[] {
  return lists.of(root).map(({ id }) => id)
}

describe('CandidateLists', () => {
  it('has the target’s types of the same kind and essential name, in the target’s order', () => {
    const { first, second, flavour: targetFlavour } = target.ids
    expect(idsOf(listsOf(), task)).toEqual([first, second, targetFlavour])
    expect(idsOf(listsOf(), flavour)).toEqual([first, second, targetFlavour])
  })

  it('does not take other kinds of that name', () => {
    expect(idsOf(listsOf(), union)).toEqual([])
  })

  it('takes an enum64 for an enum', () => {
    expect(idsOf(listsOf(), state)).toEqual([target.ids.state])
  })

  it('searches a typedef by its own name', () => {
    expect(idsOf(listsOf(), typedef)).toEqual([target.ids.pid])
  })

  it('has none for a root without a name, for one that the target lacks, and for one that was never asked for', () => {
    expect(idsOf(listsOf(), anonymous)).toEqual([])
    expect(idsOf(listsOf(), absent)).toEqual([])
    expect(idsOf(new CandidateLists(local.btf, targets, [absent]), task)).toEqual([])
  })

  it('keeps those that matched, for that root alone', () => {
    const lists = listsOf()
    lists.narrow(task, lists.of(task).slice(1, 2))
    expect(idsOf(lists, task)).toEqual([target.ids.second])
    expect(idsOf(lists, flavour)).toHaveLength(3)
  })

  it('keeps all where none matched', () => {
    const lists = listsOf()
    lists.narrow(task, [])
    expect(idsOf(lists, task)).toHaveLength(3)
  })
})

describe('CandidateLists with modules', () => {
  const module = (name: string): Btf =>
    built(
      (builder) => [
        builder.addStruct('task', 4, []),
        builder.addStruct('absent', 4, []),
        builder.addStruct(name, 4, []),
      ],
      { base: target.btf },
    ).btf
  const [one, two] = [module('one'), module('two')]
  const withModules = { vmlinux: () => target.btf, modules: () => [one, two] }

  it('searches all modules for what the kernel itself has not', () => {
    const lists = new CandidateLists(local.btf, withModules, [task, absent])
    expect(lists.of(absent)).toEqual([
      { btf: one, id: one.firstId + 1 },
      { btf: two, id: two.firstId + 1 },
    ])
  })

  it('does not take a module’s type beside the kernel’s own', () => {
    const lists = new CandidateLists(local.btf, withModules, [task, absent])
    expect(lists.of(task).map(({ btf }) => btf)).toEqual([target.btf, target.btf, target.btf])
  })

  it('asks for the modules only where something is missing, and for nothing where there are no roots', () => {
    const never = (): never => expect.fail('must not be asked for')
    new CandidateLists(local.btf, { vmlinux: () => target.btf, modules: never }, [task, anonymous])
    new CandidateLists(local.btf, { vmlinux: never, modules: never }, [])
  })

  it('finds nothing in no modules', () => {
    expect(idsOf(new CandidateLists(local.btf, targets, [absent]), absent)).toEqual([])
  })
})

describe('kindsAreCompatible', () => {
  it('lets only the two enum kinds differ', () => {
    expect(kindsAreCompatible('struct', 'struct')).toBe(true)
    expect(kindsAreCompatible('enum', 'enum64')).toBe(true)
    expect(kindsAreCompatible('enum64', 'enum')).toBe(true)
    expect(kindsAreCompatible('struct', 'union')).toBe(false)
    expect(kindsAreCompatible('struct', 'typedef')).toBe(false)
    expect(kindsAreCompatible('enum', 'int')).toBe(false)
  })
})
