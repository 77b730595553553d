/**
 * A small part of a kernel's BTF: some types with the whole of their real layout. What lies in them by value comes along; what is
 * only pointed at becomes a forward declaration, for it has no part in the layout.
 */
import { typeId, type TypeId } from '../src/base/units.ts'
import type { Btf } from '../src/btf/btf.ts'
import { BtfBuilder } from '../src/btf/encoder.ts'
import type { BtfComposite, BtfEnum, BtfFwd, BtfType } from '../src/btf/types.ts'

/** Cuts out `roots`, complete. The result has types of its own numbers. */
export function cutBtf(btf: Btf, roots: readonly TypeId[]): Uint8Array {
  const complete = new Set<TypeId>()
  for (const root of roots) collect(btf, root, complete)
  const cutter = new Cutter(btf, complete)
  for (const root of roots) cutter.put(root)
  return cutter.finish()
}

/** Notes every type that lies in `id` by value. */
function collect(btf: Btf, id: TypeId, complete: Set<TypeId>): void {
  if (complete.has(id)) return
  complete.add(id)
  const type = btf.type(id)
  switch (type.kind) {
    case 'struct':
    case 'union':
      for (const member of type.members) collect(btf, member.type, complete)
      return
    case 'array':
      collect(btf, type.element, complete)
      return
    case 'typedef':
    case 'const':
    case 'volatile':
    case 'restrict':
    case 'type_tag':
      collect(btf, type.target, complete)
      return
    case 'void':
    case 'int':
    case 'ptr':
    case 'enum':
    case 'enum64':
    case 'fwd':
    case 'func':
    case 'func_proto':
    case 'var':
    case 'datasec':
    case 'float':
    case 'decl_tag':
      return
  }
}

/** Writes types one by one, each under the number that was promised to those that refer to it. */
class Cutter {
  readonly #btf: Btf
  readonly #complete: ReadonlySet<TypeId>
  readonly #builder = new BtfBuilder()
  /** Numbers in the result, in the order in which they were given. */
  readonly #ids = new Map<TypeId, TypeId>()
  readonly #queue: TypeId[] = []

  constructor(btf: Btf, complete: ReadonlySet<TypeId>) {
    this.#btf = btf
    this.#complete = complete
  }

  /** The number of a type in the result, in which it will be. */
  put(id: TypeId): TypeId {
    if (this.#btf.kind(id) === 'void') return typeId(0)
    const known = this.#ids.get(id)
    if (known !== undefined) return known
    const given = typeId(this.#ids.size + 1)
    this.#ids.set(id, given)
    this.#queue.push(id)
    return given
  }

  finish(): Uint8Array {
    for (let id = this.#queue.shift(); id !== undefined; id = this.#queue.shift())
      this.#write(this.#btf.type(id))
    return this.#builder.finish({ endianness: this.#btf.endianness })
  }

  #write(type: BtfType): void {
    const builder = this.#builder
    switch (type.kind) {
      case 'int':
        builder.addInt(type.name, type.size, type)
        return
      case 'float':
        builder.addFloat(type.name, type.size)
        return
      case 'ptr':
        builder.addPtr(this.put(type.target))
        return
      case 'array':
        builder.addArray(this.put(type.element), this.put(type.index), type.length)
        return
      case 'struct':
      case 'union':
        this.#writeComposite(type)
        return
      case 'enum':
      case 'enum64':
        this.#writeEnum(type)
        return
      case 'fwd':
        this.#writeFwd(type.name, type.of)
        return
      case 'typedef':
        builder.addTypedef(type.name, this.put(type.target))
        return
      case 'const':
      case 'volatile':
      case 'restrict':
        builder.addModifier(type.kind, this.put(type.target))
        return
      case 'type_tag':
        builder.addTypeTag(type.name, this.put(type.target))
        return
      case 'func_proto': {
        const params = type.params.map(({ name, type: each }) => ({ name, type: this.put(each) }))
        builder.addFuncProto(this.put(type.returnType), params)
        return
      }
      case 'void':
      case 'func':
      case 'var':
      case 'datasec':
      case 'decl_tag':
        throw new Error(`no type refers to a ${type.kind}`)
    }
  }

  /** One without a name cannot be declared without its members. */
  #writeComposite({ id, kind, name, size, members }: BtfComposite): void {
    if (name !== '' && !this.#complete.has(id)) {
      this.#writeFwd(name, kind)
      return
    }
    const put = members.map((member) => ({ ...member, type: this.put(member.type) }))
    if (kind === 'struct') this.#builder.addStruct(name, size, put)
    else this.#builder.addUnion(name, size, put)
  }

  #writeEnum(type: BtfEnum): void {
    if (type.kind === 'enum') this.#builder.addEnum(type.name, type)
    else this.#builder.addEnum64(type.name, type)
  }

  #writeFwd(name: string, of: BtfFwd['of']): void {
    this.#builder.addFwd(name, of)
  }
}
