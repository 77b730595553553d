/**
 * The kinds of CO-RE relocations: `enum bpf_core_relo_kind` of include/uapi/linux/bpf.h (Linux 6.18), in its order, so
 * that the position is the number that `.BTF.ext` holds. `family` says what the access string means and which rules
 * match it against the target.
 */
export const coreKinds = [
  { name: 'field_byte_offset', family: 'field' },
  { name: 'field_byte_size', family: 'field' },
  { name: 'field_exists', family: 'field' },
  { name: 'field_signed', family: 'field' },
  { name: 'field_lshift_u64', family: 'field' },
  { name: 'field_rshift_u64', family: 'field' },
  { name: 'type_id_local', family: 'type' },
  { name: 'type_id_target', family: 'type' },
  { name: 'type_exists', family: 'type' },
  { name: 'type_size', family: 'type' },
  { name: 'enumval_exists', family: 'enumerator' },
  { name: 'enumval_value', family: 'enumerator' },
  { name: 'type_matches', family: 'type' },
] as const

export type CoreKind = (typeof coreKinds)[number]
export type CoreKindName = CoreKind['name']
export type CoreFamily = CoreKind['family']
export type FieldKindName = Extract<CoreKind, { family: 'field' }>['name']
export type TypeKindName = Extract<CoreKind, { family: 'type' }>['name']
export type EnumeratorKindName = Extract<CoreKind, { family: 'enumerator' }>['name']

/** The kind with this number, undefined for a number that is newer than the table. */
export function coreKind(number: number): CoreKind | undefined {
  return coreKinds[number]
}

/** Whether the target has a say: the id of a local type is the same whatever the kernel. */
export function asksTarget(kind: CoreKind): boolean {
  return kind.name !== 'type_id_local'
}
