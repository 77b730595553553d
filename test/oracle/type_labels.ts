import { createHash } from 'node:crypto'
import { typeId } from '../../src/base/units.ts'
import type { Btf } from '../../src/btf/btf.ts'
import type { BtfType } from '../../src/btf/types.ts'

/**
 * Gives every type of a BTF a label that says what the type is and not where it stands, so that two BTFs can be compared
 * although their ids differ. Types refer to each other in circles, hence no text can spell a type out. Colour refinement
 * does it: at first a type's label is its own text (kind, name, sizes), then in each round its own text together with the
 * labels of the types that it refers to. After n rounds two types have the same label exactly if they agree up to n
 * references away.
 */

const ROUNDS = 8

export interface TypeLabels {
  /** By id: 16 hex digits; 0 is void. */
  readonly labels: readonly string[]
  /** By id, for people: kind, name and sizes. */
  readonly texts: readonly string[]
}

export function typeLabels(btf: Btf): TypeLabels {
  const types = Array.from({ length: btf.typeCount + 1 }, (_, id) => btf.type(typeId(id)))
  const own = types.map(parts)
  let labels = own.map(({ text }) => hash(text))
  for (let round = 0; round < ROUNDS; round++) {
    const previous = labels
    labels = own.map(({ text, references }) =>
      hash([text, ...references.map((id) => previous[id] ?? 'none')].join('|')),
    )
  }
  return { labels, texts: own.map(({ text }) => text) }
}

interface Parts {
  readonly text: string
  readonly references: readonly number[]
}

function parts(type: BtfType): Parts {
  const { details, references } = detailsOf(type)
  return { text: [type.kind, JSON.stringify(type.name), ...details].join(' '), references }
}

function detailsOf(type: BtfType): {
  readonly details: readonly (string | number)[]
  readonly references: readonly number[]
} {
  switch (type.kind) {
    case 'void':
      return { details: [], references: [] }
    case 'int':
      return { details: [type.size, type.encoding, type.bitOffset, type.bits], references: [] }
    case 'float':
      return { details: [type.size], references: [] }
    case 'fwd':
      return { details: [type.of], references: [] }
    case 'ptr':
    case 'const':
    case 'volatile':
    case 'restrict':
    case 'typedef':
    case 'type_tag':
      return { details: [], references: [type.target] }
    case 'decl_tag':
      return { details: [type.componentIndex], references: [type.target] }
    case 'array':
      return { details: [type.length], references: [type.element, type.index] }
    case 'struct':
    case 'union':
      return {
        details: [
          type.size,
          ...type.members.map(({ name, bitOffset, bitfieldSize }) => `${name}@${bitOffset}:${bitfieldSize}`),
        ],
        references: type.members.map((member) => member.type),
      }
    case 'enum':
    case 'enum64':
      return {
        details: [
          type.size,
          type.signed ? 'signed' : 'unsigned',
          ...type.enumerators.map(({ name, value }) => `${name}=${value}`),
        ],
        references: [],
      }
    case 'func':
      return { details: [type.linkage], references: [type.proto] }
    case 'func_proto':
      return {
        details: type.params.map(({ name }) => name),
        references: [type.returnType, ...type.params.map((param) => param.type)],
      }
    case 'var':
      return { details: [type.linkage], references: [type.type] }
    case 'datasec': {
      // The kernel wants them in the order of their places; in a file they may be in any.
      const variables = [...type.variables].sort((a, b) => a.offset - b.offset)
      return {
        details: [type.size, ...variables.map(({ offset, size }) => `@${offset}+${size}`)],
        references: variables.map((variable) => variable.type),
      }
    }
  }
}

function hash(text: string): string {
  return createHash('sha1').update(text).digest('hex').slice(0, 16)
}
