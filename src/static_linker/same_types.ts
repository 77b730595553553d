import { type TypeId, VOID } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { resolve, type ResolvedType } from '../btf/resolve.ts'
import type { BtfComposite, BtfFuncProto, BtfFwd } from '../btf/types.ts'

/** A type in the BTF of one object. */
export interface TypeIn {
  readonly btf: Btf
  readonly id: TypeId
}

/** What two objects say differently. */
export interface Difference {
  readonly what: string
  readonly one: string
  readonly other: string
}

/** The first object's is the one that was there first, and is named last. */
export function describeDifference({ what, one, other }: Difference): string {
  return `${what}: ${other} instead of ${one}`
}

/**
 * Compares the types of one global symbol in two objects, by the rules of libbpf's linker (glob_sym_btf_matches in
 * src/linker.c), which are about how the bytes are used, not about how they are declared: typedefs and const say nothing,
 * nor do the length of an array (`extern int table[]`), the sign of an int and the names of parameters. Structs must be the
 * same, member by member, but behind a pointer their name is enough, and may be that of a forward declaration.
 *
 * @returns the first difference, undefined where there is none
 * @throws BtfError what `btf.type` throws
 */
export function differenceOfTypes(one: TypeIn, other: TypeIn): Difference | undefined {
  const comparison = new Comparison(one.btf, other.btf)
  comparison.compare(one.id, other.id, 'whole')
  return comparison.difference
}

/** Behind a pointer, only the names of structs are compared. */
type Depth = 'whole' | 'name'

/**
 * Pairs that are compared before it is given up. Each pair is compared once, but a hostile object may have thousands of
 * types of one shape, and with them a million pairs.
 */
const MAX_PAIRS = 20_000

class Comparison {
  difference: Difference | undefined
  readonly #one: Btf
  readonly #other: Btf
  /** What is to be compared; types refer to each other too deeply for the stack. */
  readonly #pending: (() => void)[] = []
  readonly #seen = new Set<string>()

  constructor(one: Btf, other: Btf) {
    this.#one = one
    this.#other = other
  }

  compare(one: TypeId, other: TypeId, depth: Depth): void {
    this.#later(one, other, depth)
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      next()
      if (this.difference !== undefined) return
    }
  }

  /** What was compared already, or is about to be, is taken to be the same: a difference in it is found there. */
  #later(one: TypeId, other: TypeId, depth: Depth): void {
    const pair = `${one} ${other} ${depth}`
    if (this.#seen.has(pair)) return
    this.#seen.add(pair)
    if (this.#seen.size > MAX_PAIRS) {
      this.difference ??= {
        what: `more than ${MAX_PAIRS} types behind it`,
        one: 'as many',
        other: 'too many to compare',
      }
      return
    }
    this.#pending.push(() => {
      this.#compareNow(resolve(this.#one, one), resolve(this.#other, other), depth)
    })
  }

  #compareNow(one: ResolvedType, other: ResolvedType, depth: Depth): void {
    if (depth === 'name' && this.#isForwardOf(one, other)) return
    this.#require('kind', one.kind, other.kind)
    if (NAMED.has(one.kind)) this.#require(`name of the ${one.kind}`, one.name, other.name)
    switch (one.kind) {
      case 'int':
      case 'float':
      case 'enum':
      case 'enum64':
        this.#require(`bytes of ${one.kind} ${one.name}`, one.size, 'size' in other ? other.size : 0)
        return
      case 'fwd':
        this.#require(`kind of ${one.name}`, one.of, other.kind === 'fwd' ? other.of : '')
        return
      case 'ptr':
        if (other.kind === 'ptr') this.#later(one.target, other.target, 'name')
        return
      case 'array':
        if (other.kind === 'array') this.#later(one.element, other.element, depth)
        return
      case 'struct':
      case 'union':
        if (depth === 'whole' && other.kind === one.kind) this.#compareMembers(one, other)
        return
      case 'func_proto':
        if (other.kind === 'func_proto') this.#compareParameters(one, other, depth)
        return
      case 'void':
        return
      case 'func':
      case 'var':
      case 'datasec':
      case 'decl_tag':
        this.difference ??= { what: 'type', one: `a ${one.kind}, which is none`, other: other.kind }
    }
  }

  /** Whether one of them is the forward declaration of the other. */
  #isForwardOf(one: ResolvedType, other: ResolvedType): boolean {
    const declares = (forward: BtfFwd, type: ResolvedType): boolean =>
      forward.of === type.kind && forward.name === type.name
    if (one.kind === 'fwd' && other.kind !== 'fwd') return declares(one, other)
    return other.kind === 'fwd' && one.kind !== 'fwd' && declares(other, one)
  }

  #compareMembers(one: BtfComposite, other: BtfComposite): void {
    const what = `${one.kind} ${one.name}`
    this.#require(`members of ${what}`, one.members.length, other.members.length)
    one.members.forEach((member, index) => {
      const counterpart = other.members[index]
      if (counterpart === undefined) return
      this.#require(`member ${index} of ${what}`, member.name, counterpart.name)
      this.#require(`bit offset of ${what}.${member.name}`, member.bitOffset, counterpart.bitOffset)
      this.#require(`bits of ${what}.${member.name}`, member.bitfieldSize, counterpart.bitfieldSize)
      this.#later(member.type, counterpart.type, 'whole')
    })
  }

  #compareParameters(one: BtfFuncProto, other: BtfFuncProto, depth: Depth): void {
    this.#require('parameters', one.params.length, other.params.length)
    one.params.forEach(({ type }, index) => {
      this.#later(type, other.params[index]?.type ?? VOID, depth)
    })
    this.#later(one.returnType, other.returnType, depth)
  }

  #require(what: string, one: string | number, other: string | number): void {
    if (one !== other) this.difference ??= { what, one: String(one), other: String(other) }
  }
}

const NAMED: ReadonlySet<string> = new Set(['struct', 'union', 'enum', 'enum64', 'fwd'])
