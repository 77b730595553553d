import type { Endianness } from '../base/reader.ts'
import { typeId, type TypeId } from '../base/units.ts'
import type { Btf } from './btf.ts'
import { BtfError } from './btf_error.ts'
import {
  BTF_MAGIC,
  BTF_VERSION,
  INT_ENCODINGS,
  kindNumber,
  LAYOUT_ENTRY_SIZE,
  LINKAGES,
  MEMBER_OFFSET_MASK,
  VLEN_MASK,
} from './format.ts'
import type { BtfEnumerator, BtfFwd, BtfInt, BtfKind, BtfModifier, BtfParam, BtfVar } from './types.ts'

export interface IntSpec {
  /** Default: unsigned. */
  readonly encoding?: BtfInt['encoding']
  readonly bitOffset?: number
  /** Default: all of the bytes. */
  readonly bits?: number
}

export interface MemberSpec {
  readonly name: string
  readonly type: TypeId
  readonly bitOffset: number
  /** Bits; left out or 0 where the member is no bitfield. */
  readonly bitfieldSize?: number
}

export interface EnumSpec {
  /** Bytes. */
  readonly size: number
  readonly signed: boolean
  readonly enumerators: readonly BtfEnumerator[]
}

export interface DatasecVariableSpec {
  readonly type: TypeId
  readonly offset: number
  readonly size: number
}

/** `struct btf_layout` (Linux 7.1): how long types of a kind are beyond `struct btf_type`. In bytes, up to 255. */
export interface KindLayout {
  readonly infoSize: number
  /** For each of vlen. */
  readonly elementSize: number
}

/** `struct btf_type` and the words after it, written as they are. */
export interface RawType {
  readonly nameOffset: number
  readonly info: number
  readonly sizeOrType: number
  readonly words?: readonly number[]
}

/** What most types are made of; `addRaw` is for the others. */
interface TypeSpec {
  readonly kind: BtfKind
  readonly name?: string
  readonly vlen?: number
  readonly kindFlag?: 'set' | 'clear'
  readonly sizeOrType?: number
  readonly words?: readonly number[]
}

/**
 * Writes BTF. Each `add` gives the new type's id; ids count from 1, or go on from where the base's end. Ids that are
 * referred to need not exist yet: `nextId` says what the next one will be. Only what does not fit into BTF's fields is
 * refused, so that types can be written that no compiler would write.
 */
export class BtfBuilder {
  readonly #firstId: number
  readonly #stringsStart: number
  readonly #words: number[] = []
  readonly #strings: Uint8Array[] = []
  readonly #stringOffsets = new Map<string, number>()
  #stringsLength = 0
  #count = 0

  constructor(options: { readonly base?: Btf } = {}) {
    const { base } = options
    this.#firstId = base === undefined ? 1 : base.firstId + base.typeCount
    this.#stringsStart = base?.stringsEnd ?? 0
    if (base === undefined) this.string('')
    else this.#stringOffsets.set('', 0)
  }

  /** The id of the type that will be added next. */
  get nextId(): TypeId {
    return typeId(this.#firstId + this.#count)
  }

  /** The offset of a string, which is added if it is not there yet. */
  string(text: string): number {
    const known = this.#stringOffsets.get(text)
    if (known !== undefined) return known
    if (text.includes('\0')) throw cannotEncode(`the string ${JSON.stringify(text)} contains NUL`)
    const bytes = new TextEncoder().encode(`${text}\0`)
    const offset = this.#stringsStart + this.#stringsLength
    this.#strings.push(bytes)
    this.#stringsLength += bytes.length
    this.#stringOffsets.set(text, offset)
    return offset
  }

  addInt(name: string, size: number, spec: IntSpec = {}): TypeId {
    const { encoding = 'unsigned', bitOffset = 0, bits = size * 8 } = spec
    const detail = (INT_ENCODINGS[encoding] << 24) | (bitOffset << 16) | bits
    return this.#add({ kind: 'int', name, sizeOrType: size, words: [detail] })
  }

  addFloat(name: string, size: number): TypeId {
    return this.#add({ kind: 'float', name, sizeOrType: size })
  }

  addPtr(target: TypeId): TypeId {
    return this.#add({ kind: 'ptr', sizeOrType: target })
  }

  addModifier(kind: BtfModifier['kind'], target: TypeId): TypeId {
    return this.#add({ kind, sizeOrType: target })
  }

  addTypedef(name: string, target: TypeId): TypeId {
    return this.#add({ kind: 'typedef', name, sizeOrType: target })
  }

  addTypeTag(name: string, target: TypeId): TypeId {
    return this.#add({ kind: 'type_tag', name, sizeOrType: target })
  }

  /** `componentIndex` -1 tags the declaration itself, 0 and above its member or parameter. */
  addDeclTag(name: string, target: TypeId, componentIndex: number): TypeId {
    return this.#add({ kind: 'decl_tag', name, sizeOrType: target, words: [componentIndex] })
  }

  addArray(element: TypeId, index: TypeId, length: number): TypeId {
    return this.#add({ kind: 'array', words: [element, index, length] })
  }

  addStruct(name: string, size: number, members: readonly MemberSpec[]): TypeId {
    return this.#addComposite('struct', name, size, members)
  }

  addUnion(name: string, size: number, members: readonly MemberSpec[]): TypeId {
    return this.#addComposite('union', name, size, members)
  }

  addEnum(name: string, { size, signed, enumerators }: EnumSpec): TypeId {
    const words = enumerators.flatMap((each) => [this.string(each.name), low32(each.value)])
    return this.#add({
      kind: 'enum',
      name,
      vlen: enumerators.length,
      kindFlag: signed ? 'set' : 'clear',
      sizeOrType: size,
      words,
    })
  }

  addEnum64(name: string, { size, signed, enumerators }: EnumSpec): TypeId {
    const words = enumerators.flatMap(({ name: each, value }) => [
      this.string(each),
      low32(value),
      low32(value >> 32n),
    ])
    return this.#add({
      kind: 'enum64',
      name,
      vlen: enumerators.length,
      kindFlag: signed ? 'set' : 'clear',
      sizeOrType: size,
      words,
    })
  }

  addFwd(name: string, of: BtfFwd['of']): TypeId {
    return this.#add({ kind: 'fwd', name, kindFlag: of === 'union' ? 'set' : 'clear' })
  }

  addFuncProto(returnType: TypeId, params: readonly BtfParam[]): TypeId {
    const words = params.flatMap(({ name, type }) => [this.string(name), type])
    return this.#add({ kind: 'func_proto', vlen: params.length, sizeOrType: returnType, words })
  }

  addFunc(name: string, proto: TypeId, linkage: BtfVar['linkage']): TypeId {
    return this.#add({ kind: 'func', name, vlen: LINKAGES.indexOf(linkage), sizeOrType: proto })
  }

  addVar(name: string, type: TypeId, linkage: BtfVar['linkage']): TypeId {
    return this.#add({ kind: 'var', name, sizeOrType: type, words: [LINKAGES.indexOf(linkage)] })
  }

  addDatasec(name: string, size: number, variables: readonly DatasecVariableSpec[]): TypeId {
    const words = variables.flatMap((each) => [each.type, each.offset, each.size])
    return this.#add({ kind: 'datasec', name, vlen: variables.length, sizeOrType: size, words })
  }

  /** Any type at all, hostile ones among them. */
  addRaw({ nameOffset, info, sizeOrType, words = [] }: RawType): TypeId {
    const id = this.nextId
    this.#words.push(nameOffset, info, sizeOrType)
    for (const word of words) this.#words.push(word)
    this.#count++
    return id
  }

  /** The BTF so far: header, types, strings; between the last two the layout section, where one is given. */
  finish({ endianness, layout }: { endianness: Endianness; layout?: readonly KindLayout[] }): Uint8Array {
    const littleEndian = endianness === 'little'
    const typesLength = this.#words.length * 4
    const layoutLength = (layout?.length ?? 0) * LAYOUT_ENTRY_SIZE
    const stringsStart = typesLength + layoutLength
    const lengths = [0, typesLength, stringsStart, this.#stringsLength]
    if (layout !== undefined) lengths.push(typesLength, layoutLength)
    const headerSize = 8 + lengths.length * 4
    const bytes = new Uint8Array(headerSize + stringsStart + this.#stringsLength)
    const view = new DataView(bytes.buffer)
    view.setUint16(0, BTF_MAGIC, littleEndian)
    view.setUint8(2, BTF_VERSION)
    const words = [headerSize, ...lengths, ...this.#words]
    words.forEach((word, index) => {
      view.setUint32(4 + index * 4, word, littleEndian)
    })
    layout?.forEach(({ infoSize, elementSize }, kind) => {
      bytes.set([infoSize, elementSize], headerSize + typesLength + kind * LAYOUT_ENTRY_SIZE)
    })
    let at = headerSize + stringsStart
    for (const string of this.#strings) {
      bytes.set(string, at)
      at += string.length
    }
    return bytes
  }

  #addComposite(
    kind: 'struct' | 'union',
    name: string,
    size: number,
    members: readonly MemberSpec[],
  ): TypeId {
    const hasBitfields = members.some(({ bitfieldSize = 0 }) => bitfieldSize !== 0)
    const words = members.flatMap((member) => {
      const { bitOffset, bitfieldSize = 0 } = member
      if (hasBitfields && (bitOffset > MEMBER_OFFSET_MASK || bitfieldSize > 0xff)) {
        throw cannotEncode(
          `${kind} ${name}: ${bitfieldSize} bits at bit ${bitOffset} are beyond what a bitfield can say`,
        )
      }
      return [
        this.string(member.name),
        member.type,
        hasBitfields ? (bitfieldSize << 24) | bitOffset : bitOffset,
      ]
    })
    const kindFlag = hasBitfields ? 'set' : 'clear'
    return this.#add({ kind, name, vlen: members.length, kindFlag, sizeOrType: size, words })
  }

  #add({ kind, name = '', vlen = 0, kindFlag = 'clear', sizeOrType = 0, words = [] }: TypeSpec): TypeId {
    if (vlen > VLEN_MASK) throw cannotEncode(`${kind} ${name} has ${vlen} elements`)
    const info = (kindFlag === 'set' ? 0x80000000 : 0) | (kindNumber(kind) << 24) | vlen
    return this.addRaw({ nameOffset: this.string(name), info, sizeOrType, words })
  }
}

function low32(value: bigint): number {
  return Number(BigInt.asUintN(32, value))
}

function cannotEncode(what: string): BtfError {
  return new BtfError('BTF_CANNOT_ENCODE', `Writing BTF: ${what}.`)
}
