import type { Btf } from '../btf.ts'
import { TypeTable } from '../type_table.ts'
import { Identifiers } from './identifiers.ts'
import { Scalars } from './scalars.ts'
import { TypeLayout } from './type_layout.ts'
import { UniqueNames } from './unique_names.ts'
import { WalkLimits } from './walk_limits.ts'

/** The types that are written as C, the C so far, and what has to be remembered from one type to the next. */
export interface CContext {
  readonly table: TypeTable
  readonly limits: WalkLimits
  readonly identifiers: Identifiers
  readonly names: UniqueNames
  readonly scalars: Scalars
  readonly layout: TypeLayout
}

export function createContext(btf: Btf): CContext {
  const table = new TypeTable(btf)
  const limits = new WalkLimits(table)
  const identifiers = new Identifiers(table)
  const names = new UniqueNames(table, identifiers)
  const scalars = new Scalars(table, names)
  return { table, limits, identifiers, names, scalars, layout: new TypeLayout(table, limits) }
}
