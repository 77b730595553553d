import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { essentialName } from '../btf/essential_name.ts'
import { resolve } from '../btf/resolve.ts'
import type { BtfType } from '../btf/types.ts'
import { type Accessor, type FieldAccess, FieldAccessBuilder, MAX_ACCESS_LENGTH } from './access.ts'
import { findMember, isComposite, refuseDeepNesting } from './find_member.ts'

/**
 * Looks the field that `local` names up in a candidate type of the target.
 *
 * The two structs need not have the same members in the same order: each named accessor is searched by its name among
 * the candidate's members, and within its anonymous structs and unions, wherever they stand; each array index has to lie
 * within the candidate's array. Along the way the candidate's own offsets are added up. A member of the right name but
 * of another sort (a pointer where the program expects an integer) is no match. The rules are those of
 * bpf_core_spec_match in libbpf's src/relo_core.c (1.6).
 *
 * @returns The access spelled out against the target, or undefined where the candidate has no such field.
 */
export function matchField(local: FieldAccess, target: Btf, candidate: TypeId): FieldAccess | undefined {
  const builder = new FieldAccessBuilder(target, candidate)
  return follow(local, builder) === undefined ? builder.build() : undefined
}

/** Where a candidate parts from what the program means. */
export interface Parting {
  /** What could not be followed. */
  readonly accessor: Accessor
  /** The type that has it in the object's BTF, and the one of the candidate that was asked for it. */
  readonly local: TypeId
  readonly target: TypeId
  /** Whether the candidate has a member of that name, of another sort. */
  readonly found: 'nothing' | 'another sort'
}

/** Where a candidate that `matchField` does not match parts from the local access; undefined for one that it does. */
export function partingOf(local: FieldAccess, target: Btf, candidate: TypeId): Parting | undefined {
  const builder = new FieldAccessBuilder(target, candidate)
  const before = { current: builder.current, depth: builder.depth }
  const accessor = follow(local, builder, () => {
    before.current = builder.current
    before.depth = builder.depth
  })
  if (accessor === undefined) return undefined
  return {
    accessor,
    local: accessor.kind === 'member' ? accessor.composite : accessor.element,
    target: before.current,
    found: builder.depth > before.depth ? 'another sort' : 'nothing',
  }
}

/** Follows accessor by accessor. Returns the first that cannot be followed. */
function follow(
  local: FieldAccess,
  builder: FieldAccessBuilder,
  beforeEach?: () => void,
): Accessor | undefined {
  return local.accessors.find((accessor, level) => {
    beforeEach?.()
    return accessor.kind === 'member'
      ? !followMember(local.btf, accessor, builder)
      : !followElement(accessor, level, builder)
  })
}

function followElement(
  accessor: Extract<Accessor, { kind: 'element' }>,
  level: number,
  builder: FieldAccessBuilder,
): boolean {
  // The root stands for an array of itself, so that only deeper levels look for an array type.
  if (level > 0) {
    const array = resolve(builder.btf, builder.current)
    if (array.kind !== 'array') return false
    if (accessor.index >= array.length && !builder.endsInFlexibleArray(array)) return false
    builder.into(array)
  }
  refuseDeepNesting(builder.btf, builder.depth)
  builder.element(accessor.index)
  return true
}

function followMember(
  localBtf: Btf,
  accessor: Extract<Accessor, { kind: 'member' }>,
  builder: FieldAccessBuilder,
): boolean {
  const composite = localBtf.type(accessor.composite)
  const localMember = 'members' in composite ? composite.members[accessor.index] : undefined
  if (localMember === undefined) return false
  const steps = findMember(builder.btf, builder.current, localMember.name, builder.depth)
  if (steps === undefined) return false
  for (const { composite, index } of steps) builder.member(composite, index)
  return fieldsAreCompatible(localBtf, localMember.type, builder.btf, builder.current)
}

/**
 * Whether a field of one type may be read as a field of the other, typedefs and modifiers aside: composites always, since
 * their members are matched by themselves; pointers and floats always; enums and forward declarations by essential name,
 * where both have one; integers whatever their size and sign; arrays by their elements.
 */
export function fieldsAreCompatible(
  localBtf: Btf,
  localId: TypeId,
  targetBtf: Btf,
  targetId: TypeId,
): boolean {
  let local = resolve(localBtf, localId)
  let target = resolve(targetBtf, targetId)
  for (let level = 0; local.kind === 'array' && target.kind === 'array'; level++) {
    if (level === MAX_ACCESS_LENGTH) return false
    local = resolve(localBtf, local.element)
    target = resolve(targetBtf, target.element)
  }
  if (isComposite(local) && isComposite(target)) return true
  if (isEnum(local) && isEnum(target)) return namesAreCompatible(local.name, target.name)
  if (local.kind !== target.kind) return false
  if (local.kind === 'fwd') return namesAreCompatible(local.name, target.name)
  if (local.kind === 'int' && target.kind === 'int') return local.bitOffset === 0 && target.bitOffset === 0
  return local.kind === 'ptr' || local.kind === 'float'
}

function isEnum(type: BtfType): boolean {
  return type.kind === 'enum' || type.kind === 'enum64'
}

function namesAreCompatible(local: string, target: string): boolean {
  const localEssence = essentialName(local)
  const targetEssence = essentialName(target)
  return localEssence === '' || targetEssence === '' || localEssence === targetEssence
}
