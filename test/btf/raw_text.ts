import { typeId, type TypeId } from '../../src/base/units.ts'
import type { Btf } from '../../src/btf/btf.ts'
import type { BtfComposite, BtfEnum, BtfInt, BtfKind, BtfType, BtfTypeOf } from '../../src/btf/types.ts'

/** The types as `bpftool btf dump format raw` writes them (bpftool 7.1), to compare whole BTFs with golden texts. */
export function rawText(btf: Btf): string {
  const lines: string[] = []
  for (let id: number = btf.firstId; id < btf.firstId + btf.typeCount; id++) {
    lines.push(...linesOf(btf, btf.type(typeId(id))))
  }
  return lines.join('\n') + '\n'
}

const shown = (name: string): string => `'${name === '' ? '(anon)' : name}'`

function linesOf(btf: Btf, type: BtfType): string[] {
  const [first, ...rest] = (DETAILS[type.kind] as (type: BtfType, btf: Btf) => string[])(type, btf)
  return [`[${type.id}] ${type.kind.toUpperCase()} ${shown(type.name)} ${first ?? ''}`, ...rest]
}

const target = ({ target: id }: { readonly target: TypeId }): string[] => [`type_id=${id}`]

const composite = ({ size, members }: BtfComposite): string[] => [
  `size=${size} vlen=${members.length}`,
  ...members.map(({ name, type, bitOffset, bitfieldSize }) => {
    const bitfield = bitfieldSize === 0 ? '' : ` bitfield_size=${bitfieldSize}`
    return `\t${shown(name)} type_id=${type} bits_offset=${bitOffset}${bitfield}`
  }),
]

const enumeration = ({ kind, size, signed, enumerators }: BtfEnum): string[] => {
  const suffix = kind === 'enum' ? '' : signed ? 'LL' : 'ULL'
  return [
    `encoding=${signed ? 'SIGNED' : 'UNSIGNED'} size=${size} vlen=${enumerators.length}`,
    ...enumerators.map(({ name, value }) => `\t${shown(name)} val=${value.toString()}${suffix}`),
  ]
}

/** What follows kind and name in the first line, then the other lines. */
const DETAILS: { readonly [Kind in BtfKind]: (type: BtfTypeOf<Kind>, btf: Btf) => string[] } = {
  void: () => [],
  int: ({ size, bitOffset, bits, encoding }) => [
    `size=${size} bits_offset=${bitOffset} nr_bits=${bits} encoding=${ENCODINGS[encoding]}`,
  ],
  ptr: target,
  const: target,
  volatile: target,
  restrict: target,
  typedef: target,
  type_tag: target,
  decl_tag: ({ target: id, componentIndex }) => [`type_id=${id} component_idx=${componentIndex}`],
  array: ({ element, index, length }) => [`type_id=${element} index_type_id=${index} nr_elems=${length}`],
  struct: composite,
  union: composite,
  enum: enumeration,
  enum64: enumeration,
  fwd: ({ of }) => [`fwd_kind=${of}`],
  func: ({ proto, linkage }) => [`type_id=${proto} linkage=${linkage}`],
  func_proto: ({ returnType, params }) => [
    `ret_type_id=${returnType} vlen=${params.length}`,
    ...params.map(({ name, type }) => `\t${shown(name)} type_id=${type}`),
  ],
  var: ({ type, linkage }) => [`type_id=${type}, linkage=${linkage}`],
  float: ({ size }) => [`size=${size}`],
  datasec: ({ size, variables }, btf) => [
    `size=${size} vlen=${variables.length}`,
    ...variables.map(({ type, offset, size: bytes }) => {
      const variable = `${btf.kind(type).toUpperCase()} ${shown(btf.nameOf(type))}`
      return `\ttype_id=${type} offset=${offset} size=${bytes} (${variable})`
    }),
  ],
}

const ENCODINGS: Record<BtfInt['encoding'], string> = {
  unsigned: '(none)',
  signed: 'SIGNED',
  char: 'CHAR',
  bool: 'BOOL',
}
