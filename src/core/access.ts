import { bitOffset, type BitOffset, type TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { sizeOf } from '../btf/layout.ts'
import { resolve } from '../btf/resolve.ts'
import type { BtfArray, BtfComposite } from '../btf/types.ts'
import { CoreError } from './core_error.ts'

/**
 * A field access, spelled out against one BTF. clang records an access such as `task->real_parent->tgid`'s first half as
 * a root type and an access string like `0:82`: the first number indexes the root as if it were an array (`task[0]`),
 * and each further one picks a member by its position, or an array's element. Positions mean nothing in another kernel's
 * BTF, so they are turned into names here, and the names are looked up there (see match.ts).
 */
export interface FieldAccess {
  readonly btf: Btf
  /** The type that the access starts from, with typedefs and modifiers taken off. */
  readonly root: TypeId
  /** What was followed, by name: anonymous structs and unions leave no accessor. The first one is the root's index. */
  readonly accessors: readonly Accessor[]
  /** What was followed, by position, anonymous members included. */
  readonly positions: readonly number[]
  /** From the start of the root to the field. */
  readonly bitOffset: BitOffset
}

export type Accessor =
  | { readonly kind: 'member'; readonly composite: TypeId; readonly index: number; readonly name: string }
  | { readonly kind: 'element'; readonly element: TypeId; readonly index: number }

/** As many levels as libbpf follows: BPF_CORE_SPEC_MAX_LEN in src/relo_core.h of libbpf 1.6. */
export const MAX_ACCESS_LENGTH = 64

/** Positions are C's `int` to libbpf and the kernel. */
const MAX_POSITION = 0x7fff_ffff

/**
 * Follows `accessString` from type `root` of the object's own BTF.
 *
 * @throws CoreError 'CORE_BAD_RELOCATION' where the string is malformed or leads outside of the types.
 */
export function parseFieldAccess(btf: Btf, root: TypeId, accessString: string): FieldAccess {
  const positions = parsePositions(accessString)
  const builder = new FieldAccessBuilder(btf, resolve(btf, root).id)
  builder.element(positions[0] ?? 0)
  for (const position of positions.slice(1)) step(builder, position, accessString)
  return builder.build()
}

/** The numbers of an access string such as `0:1:2`. */
export function parsePositions(accessString: string): readonly number[] {
  if (!/^\d{1,10}(:\d{1,10})*$/.test(accessString)) {
    throw new CoreError(
      'CORE_BAD_RELOCATION',
      `cannot follow the access string '${accessString}': expected numbers separated by colons, such as 0:1:2`,
    )
  }
  const positions = accessString.split(':').map(Number)
  const huge = positions.find((position) => position > MAX_POSITION)
  if (huge !== undefined) {
    throw new CoreError(
      'CORE_BAD_RELOCATION',
      `cannot follow the access string '${accessString}': ${huge} is more than ${MAX_POSITION}, the largest index there is`,
    )
  }
  if (positions.length > MAX_ACCESS_LENGTH) {
    throw new CoreError(
      'CORE_BAD_RELOCATION',
      `cannot follow an access string of ${positions.length} levels: at most ${MAX_ACCESS_LENGTH} are supported`,
    )
  }
  return positions
}

function step(builder: FieldAccessBuilder, position: number, accessString: string): void {
  const type = resolve(builder.btf, builder.current)
  if (type.kind === 'struct' || type.kind === 'union') {
    if (position >= type.members.length) {
      const found = `${type.kind} ${type.name} has ${type.members.length} members, not a member ${position}`
      throw outside(accessString, found)
    }
    builder.member(type, position)
  } else if (type.kind === 'array') {
    if (position >= type.length && !builder.endsInFlexibleArray(type)) {
      throw outside(accessString, `the array has ${type.length} elements, not an element ${position}`)
    }
    builder.into(type)
    builder.element(position)
  } else {
    throw outside(accessString, `a value of kind ${type.kind} has no member ${position}`)
  }
}

function outside(accessString: string, found: string): CoreError {
  return new CoreError('CORE_BAD_RELOCATION', `cannot follow the access string '${accessString}': ${found}`)
}

/** Collects the accessors of one access and adds up its offset, for local and for target types alike. */
export class FieldAccessBuilder {
  readonly btf: Btf
  readonly #root: TypeId
  readonly #accessors: Accessor[] = []
  readonly #positions: number[] = []
  #bits = 0
  /** The type that the next step starts from. */
  current: TypeId

  constructor(btf: Btf, root: TypeId) {
    this.btf = btf
    this.#root = root
    this.current = root
  }

  /** Takes the `index`th of consecutive values of the current type. */
  element(index: number): void {
    const element = resolve(this.btf, this.current).id
    this.#accessors.push({ kind: 'element', element, index })
    this.#positions.push(index)
    // Size 0 is not asked for: `void` and forward declarations have none, and index 0 needs none.
    if (index > 0) this.#advance(index * sizeOf(this.btf, element) * 8)
  }

  /** Goes from an array to its element type. */
  into(array: BtfArray): void {
    this.current = array.element
  }

  /** Goes to a member; one without a name adds to the offset and leaves no accessor. */
  member(composite: BtfComposite, index: number): void {
    const member = composite.members[index]
    if (member === undefined) return
    this.#advance(member.bitOffset)
    this.#positions.push(index)
    if (member.name !== '') {
      this.#accessors.push({ kind: 'member', composite: composite.id, index, name: member.name })
    }
    this.current = member.type
  }

  /**
   * Whether `array` is a flexible array: declared without a length, as the last member of the composite that the last
   * accessor named. Its index has no upper bound.
   */
  endsInFlexibleArray(array: BtfArray): boolean {
    const last = this.#accessors.at(-1)
    if (array.length > 0 || last?.kind !== 'member') return false
    const composite = this.btf.type(last.composite)
    return 'members' in composite && last.index === composite.members.length - 1
  }

  /** Beyond 2^53 bits, sums would be rounded, and no instruction could hold them anyway. */
  #advance(bits: number): void {
    this.#bits += bits
    if (Number.isSafeInteger(this.#bits)) return
    throw new CoreError(
      'CORE_BAD_RELOCATION',
      `cannot follow an access in the types of ${this.btf.name}: it leads more than 2^53 bits away from its root`,
    )
  }

  get depth(): number {
    return this.#positions.length
  }

  build(): FieldAccess {
    return {
      btf: this.btf,
      root: this.#root,
      accessors: this.#accessors.slice(),
      positions: this.#positions.slice(),
      bitOffset: bitOffset(this.#bits),
    }
  }
}
