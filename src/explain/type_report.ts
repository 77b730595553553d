import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { describeType, describeVariable } from '../btf/describe_type.ts'
import { resolve } from '../btf/resolve.ts'
import type { BtfComposite, BtfEnum } from '../btf/types.ts'
import type { TypeMemberReport, TypeReport } from './explanation.ts'
import { tried } from './tried.ts'

/** Collects the types that an explanation refers to, each once. */
export class TypeReports {
  readonly #reports = new Map<string, TypeReport>()

  /** The key of a struct, union or enum, typedefs taken off; undefined for any other type. */
  keyOf(btf: Btf, id: TypeId): string | undefined {
    const type = resolve(btf, id)
    if (!hasMembers(type)) return undefined
    const key = `${btf.name}#${type.id}`
    if (!this.#reports.has(key)) this.#reports.set(key, reportOf(btf, type))
    return key
  }

  get all(): Readonly<Record<string, TypeReport>> {
    return Object.fromEntries(this.#reports)
  }
}

function hasMembers(type: { readonly kind: string }): type is BtfComposite | BtfEnum {
  return ['struct', 'union', 'enum', 'enum64'].includes(type.kind)
}

function reportOf(btf: Btf, type: BtfComposite | BtfEnum): TypeReport {
  return {
    btf: btf.name,
    id: type.id,
    name: describeType(btf, type.id),
    size: type.size,
    members: 'members' in type ? type.members.map((member) => memberReport(btf, member)) : enumerators(type),
  }
}

function memberReport(
  btf: Btf,
  { name, type, bitOffset, bitfieldSize }: BtfComposite['members'][number],
): TypeMemberReport {
  const declared = tried(name, () => describeVariable(btf, type, name))
  return { declaration: bitfieldSize === 0 ? declared : `${declared} : ${bitfieldSize}`, name, bitOffset }
}

function enumerators({ enumerators: all }: BtfEnum): readonly TypeMemberReport[] {
  return all.map(({ name, value }) => ({ declaration: `${name} = ${value}`, name, bitOffset: undefined }))
}
