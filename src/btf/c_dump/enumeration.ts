import type { CContext } from './c_context.ts'

/** An enum, from the word on; `indent` begins its lines. */
export function enumeration(context: CContext, id: number, indent: string): string {
  const { table, names, limits } = context
  const head = table.nameOffset(id) === 0 ? 'enum' : `enum ${names.tag(id)}`
  const count = table.vlen(id)
  // C has no enum without enumerators: this one is declared, and defined elsewhere.
  if (count === 0) return head
  let text = `${head} {`
  for (let index = 0; index < count; index++) {
    text += `\n${indent}\t${names.enumerator(table.enumeratorName(id, index))} = ${valueOf(context, id, index)},`
  }
  limits.size(text)
  const mode = modeOf(context, id)
  return `${text}\n${indent}}${mode === undefined ? '' : ` __attribute__((mode(${mode})))`}`
}

function valueOf({ table }: CContext, id: number, index: number): string | number {
  const low = table.enumeratorLow(id, index)
  const isSigned = table.kindFlag(id)
  if (table.kind(id) === 'enum') return isSigned ? low | 0 : low
  const value = (BigInt(table.enumeratorHigh(id, index)) << 32n) | BigInt(low)
  return isSigned ? `${BigInt.asIntN(64, value)}LL` : `${value}ULL`
}

/**
 * What makes a compiler take as many bytes as BTF says, where it would not by itself: it takes 4, or 8 where a value needs
 * them.
 */
function modeOf({ table }: CContext, id: number): string | undefined {
  const size = table.sizeOrType(id)
  if (size === 1) return 'byte'
  if (size !== 8) return undefined
  if (table.kind(id) === 'enum') return 'word'
  for (let index = 0; index < table.vlen(id); index++) {
    if (table.enumeratorHigh(id, index) !== 0) return undefined
  }
  return 'word'
}
