import { describe, expect, it } from 'vitest'
import { asksTarget, coreKind, coreKinds } from '../../src/core/kinds.ts'

describe('coreKinds', () => {
  it('has the numbers of enum bpf_core_relo_kind, include/uapi/linux/bpf.h', () => {
    expect(Object.fromEntries(coreKinds.map(({ name }, number) => [name, number]))).toEqual({
      field_byte_offset: 0,
      field_byte_size: 1,
      field_exists: 2,
      field_signed: 3,
      field_lshift_u64: 4,
      field_rshift_u64: 5,
      type_id_local: 6,
      type_id_target: 7,
      type_exists: 8,
      type_size: 9,
      enumval_exists: 10,
      enumval_value: 11,
      type_matches: 12,
    })
  })

  it.each([13, -1, 0.5, 0xffff_ffff])('has no kind %d', (number) => {
    expect(coreKind(number)).toBeUndefined()
  })

  it.each([
    ['field', 'field_', 6],
    ['type', 'type_', 5],
    ['enumerator', 'enumval_', 2],
  ])('has family %s for the names that begin with %s', (family, prefix, count) => {
    const members = coreKinds.filter((kind) => kind.family === family).map(({ name }) => name)
    expect(members).toEqual(coreKinds.map(({ name }) => name).filter((name) => name.startsWith(prefix)))
    expect(members).toHaveLength(count)
  })

  it('has one kind that does not depend on the target', () => {
    expect(coreKinds.filter((kind) => !asksTarget(kind)).map(({ name }) => name)).toEqual(['type_id_local'])
  })
})
