import type { TypeTable } from '../type_table.ts'

/** A word, or a word with arguments: what an attribute may be for it to go into a header unseen. */
const ATTRIBUTE = /^\w+(\([\w, ]*\))?$/

/**
 * The attribute that a type tag stands for: `__attribute__((btf_type_tag("user")))`. From Linux 6.15 on, a tag with the kind
 * flag is an attribute itself: `__attribute__((address_space(1)))`.
 *
 * @throws BtfError BTF_BAD_STRING
 */
export function attributeOf(table: TypeTable, id: number): string {
  const name = table.string(table.nameOffset(id))
  const isAttribute = table.kindFlag(id) && ATTRIBUTE.test(name)
  const attribute = isAttribute ? name : `btf_type_tag("${name.replace(/[^ -~]|["\\]/g, '_')}")`
  return `__attribute__((${attribute}))`
}
