import type { Btf } from '../btf/btf.ts'
import type { TypeId } from '../base/units.ts'
import { resolve } from '../btf/resolve.ts'
import type { BtfFuncProto } from '../btf/types.ts'
import { attachTypeInBtf } from '../relocate/attach_place.ts'
import type { ProbeRequest } from './facts.ts'
import { namedTypes } from './kernel_names.ts'
import { NOTHING_KNOWN, type ProbeDescription } from './probe.ts'
import { describeParam, describePrototype, prototypeOf } from './prototype.ts'

const LSM = attachTypeInBtf('BPF_LSM_MAC')
const ITER = attachTypeInBtf('BPF_TRACE_ITER')

/**
 * The hooks of Linux security modules. Functions of BPF's own module have names that start as those of its hooks do: hooks are those
 * that the union of all hooks has (include/linux/lsm_hooks.h, Linux 6.18).
 */
export function lsmProbes({ prefix, isWanted, facts, add }: ProbeRequest): void {
  const types = facts.types()
  const hooks = types.vmlinux.find('security_list_options', 'union')
  const names = hooks && new Set(hooks.members.map(({ name }) => name))
  for (const { name, btf, id } of namedTypes(types, LSM, isWanted)) {
    if (names?.has(name) === false) continue
    add(`${prefix}/${name}`, () => describeFunction(btf, id))
  }
}

/**
 * Iterators: functions that take `struct bpf_iter_meta *` first and return an int, as DEFINE_BPF_ITER_FUNC of include/linux/bpf.h
 * makes them. Others that have names like theirs belong to how iterators are done. Programs get the parameters as the members of
 * their context.
 */
export function iteratorProbes({ prefix, isWanted, facts, add }: ProbeRequest): void {
  for (const { name, btf, id } of namedTypes(facts.types(), ITER, isWanted)) {
    const proto = prototypeOf(btf, id)
    if (proto === undefined || !isIterator(btf, proto)) continue
    add(`${prefix}/${name}`, () => ({ arguments: describePrototype(btf, proto).arguments }))
  }
}

function isIterator(btf: Btf, { params, returnType }: BtfFuncProto): boolean {
  const [first] = params
  if (first === undefined || resolve(btf, returnType).kind !== 'int') return false
  const pointer = resolve(btf, first.type)
  return pointer.kind === 'ptr' && resolve(btf, pointer.target).name === 'bpf_iter_meta'
}

/**
 * The tables of functions that programs can be put into, as maps have them (`struct bpf_struct_ops_NAME` is what such a map's
 * value is). Each has as members what programs may be.
 */
export function structOpsProbes({ prefix, isWanted, facts, add }: ProbeRequest): void {
  const values = { prefix: 'bpf_struct_ops_', kind: 'struct' } as const
  for (const { name, btf, id } of namedTypes(facts.types(), values, isWanted)) {
    const table = tableIn(btf, id, name.slice(name.indexOf(':') + 1))
    if (table === undefined) continue
    add(`${prefix}/${name}`, () => describeTable(btf, table))
  }
}

/** The kernel has other structs whose names begin so: a value has a struct of the name that follows. */
function tableIn(btf: Btf, value: TypeId, name: string): TypeId | undefined {
  const type = btf.type(value)
  if (type.kind !== 'struct') return undefined
  return type.members
    .map((member) => member.type)
    .find((id) => {
      const member = btf.type(id)
      return member.kind === 'struct' && member.name === name
    })
}

function describeTable(btf: Btf, id: TypeId): ProbeDescription {
  const type = btf.type(id)
  if (type.kind !== 'struct') return NOTHING_KNOWN
  return { arguments: type.members.map((member) => describeParam(btf, member)) }
}

export function describeFunction(btf: Btf, id: TypeId): ProbeDescription {
  const proto = prototypeOf(btf, id)
  return proto === undefined ? NOTHING_KNOWN : describePrototype(btf, proto)
}
