import type { CContext } from './c_context.ts'
import { Declarators } from './declarators.ts'
import { enumeration } from './enumeration.ts'
import { type Gap, padding } from './padding.ts'
import { resolved, unqualified } from './references.ts'

/** What every compiler declares itself: GCC, which kernels are built with, describes it all the same. */
const BUILTIN_VA_LIST = '__builtin_va_list'
/** Old versions of GCC describe it as void. */
const GNUC_VA_LIST = '__gnuc_va_list'

type Between = Gap['between']

/** Definitions and declarations, without a semicolon. When which is needed, DefinitionOrder and Emitter know. */
export class Definitions {
  readonly #context: CContext
  readonly #declarators: Declarators
  /** How many structs and unions lie around the place that is being written. */
  #depth = 0

  constructor(context: CContext) {
    this.#context = context
    this.#declarators = new Declarators(context, (id, indent) => this.#tagged(id, indent))
  }

  /** `struct name` */
  forward(id: number): string {
    const { table, names } = this.#context
    const kind = table.kind(id)
    const isUnion = kind === 'fwd' ? table.kindFlag(id) : kind === 'union'
    return `${isUnion ? 'union' : 'struct'} ${names.tag(id)}`
  }

  /** Of what is defined outside of others, but for a typedef. */
  definition(id: number): string {
    const { table, scalars } = this.#context
    const kind = table.kind(id)
    if (kind === 'int' || kind === 'float') return scalars.declaration(id)
    return kind === 'fwd' ? this.forward(id) : this.#tagged(id, '')
  }

  /** Undefined for what compilers declare themselves. */
  typedef(id: number): string | undefined {
    const { table, names } = this.#context
    if (table.isNamed(id, BUILTIN_VA_LIST)) return undefined
    // Before what it is of, which may have names in it, too.
    const name = names.typedef(id)
    const target = table.sizeOrType(id)
    if (target === 0 && name === GNUC_VA_LIST) return `typedef ${BUILTIN_VA_LIST} ${GNUC_VA_LIST}`
    return `typedef ${this.#declarators.declare(target, name, '')}`
  }

  /** A function or variable. */
  object(id: number): string {
    const { table, identifiers } = this.#context
    return this.#declarators.declare(table.sizeOrType(id), identifiers.at(table.nameOffset(id)), '')
  }

  /** A struct, a union or an enum; `indent` begins its lines. */
  #tagged(id: number, indent: string): string {
    const { table, names } = this.#context
    const kind = table.kind(id)
    if (kind !== 'struct' && kind !== 'union') return enumeration(this.#context, id, indent)
    return this.#composite(kind, id, table.nameOffset(id) === 0 ? '' : ` ${names.tag(id)}`, indent)
  }

  #composite(kind: 'struct' | 'union', id: number, tag: string, indent: string): string {
    const { layout, limits } = this.#context
    const packing = layout.isPacked(id) ? ' __attribute__((packed))' : ''
    limits.step(id, ++this.#depth)
    const members = this.#members(id, kind, packing, `\n${indent}\t`)
    this.#depth--
    return `${kind}${tag} {${members}${members === '' ? '' : `\n${indent}`}}${packing}`
  }

  #members(id: number, kind: 'struct' | 'union', packing: string, lineStart: string): string {
    const { table, layout, limits } = this.#context
    const count = table.vlen(id)
    let text = ''
    let end = 0
    let furthest = 0
    let before: Between = 'members'
    for (let index = 0; index < count; index++) {
      const type = table.memberType(id, index)
      const start = table.memberOffset(id, index)
      const bits = table.bitfieldSize(id, index)
      if (end < start) {
        const alignment = packing === '' ? layout.alignmentOf(type) : 1
        const between = bits === 0 ? 'members' : before
        text += padding({ start: end, end: start, alignment, between }, lineStart, limits)
      }
      text += lineStart + this.#member(type, table.memberName(id, index), lineStart.slice(1))
      text += bits === 0 ? ';' : `: ${bits};`
      limits.size(text)
      end = start + (bits === 0 ? layout.sizeOf(type) * 8 : bits)
      furthest = Math.max(furthest, end)
      before = bits === 0 ? 'members' : 'bitfields'
    }
    return (
      text +
      (kind === 'struct' ? this.#structEnd(id, end, lineStart) : this.#unionEnd(id, furthest, lineStart))
    )
  }

  /** What makes a struct as long as BTF says, where its last member ends before. Bits. */
  #structEnd(id: number, start: number, lineStart: string): string {
    const { table, layout, limits } = this.#context
    const end = table.sizeOrType(id) * 8
    if (start >= end) return ''
    return padding({ start, end, alignment: layout.alignmentOf(id), between: 'members' }, lineStart, limits)
  }

  /** The same for a union: a struct that is as long. Of some unions BTF has the size and no members; bpftool pads none. */
  #unionEnd(id: number, furthest: number, lineStart: string): string {
    const { table, layout, limits } = this.#context
    const end = table.sizeOrType(id) * 8
    const alignment = layout.alignmentOf(id) * 8
    if (Math.ceil(furthest / alignment) * alignment >= end) return ''
    const whole: Gap = { start: 0, end, alignment: 1, between: 'members' }
    return `${lineStart}struct {${padding(whole, `${lineStart}\t`, limits)}${lineStart}};`
  }

  /**
   * A member without a name has its own members to be taken for the outer one's. In C its type has no name either, but in
   * kernels that are built with -fms-extensions it may have one; Linux 7.2 is, 6.18 is not. Without that option, `struct tag;`
   * is no member. So it is written without the name, which compilers understand either way; bpftool writes `struct tag;`.
   */
  #member(type: number, nameOffset: number, indent: string): string {
    const { table, identifiers } = this.#context
    if (nameOffset === 0 && table.nameOffset(unqualified(this.#context, type)) !== 0) {
      const target = resolved(this.#context, type)
      const kind = table.kind(target)
      if (kind === 'struct' || kind === 'union') return this.#composite(kind, target, '', indent)
    }
    return this.#declarators.declare(type, identifiers.at(nameOffset), indent)
  }
}
