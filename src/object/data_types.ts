import { VOID } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { resizeDatasecs } from '../btf/resize_datasecs.ts'
import { type DataSection, readVariables } from './data_sections.ts'
import type { GlobalVariable } from './globals.ts'

interface SizedTypes {
  /** The sizes of the sections' maps that this is right for, in the sections' order. */
  readonly sizes: readonly number[]
  readonly btf: Btf | undefined
  readonly variables: readonly GlobalVariable[]
}

/**
 * An object's types and variables, as the sizes of its data sections' maps make them at the moment. What the object says of
 * other sizes is kept, so that nothing depends on the sizes that a map had in between.
 */
export class DataTypes {
  readonly #btf: Btf | undefined
  readonly #sections: readonly DataSection[]
  #current: SizedTypes

  /** @param btf The object's types, as it defines them. */
  constructor(btf: Btf | undefined, sections: readonly DataSection[]) {
    this.#btf = btf
    this.#sections = sections
    this.#current = {
      sizes: sections.map(({ map }) => map.valueSize),
      btf,
      variables: sections.flatMap(({ variables }) => variables),
    }
  }

  /** Types that are the same but for the last arrays of the sections that were resized. */
  get btf(): Btf | undefined {
    return this.#upToDate().btf
  }

  /** Those that lie within their section. */
  get variables(): readonly GlobalVariable[] {
    return this.#upToDate().variables
  }

  #upToDate(): SizedTypes {
    const { sizes } = this.#current
    const changed = this.#sections.some(({ map }, index) => map.valueSize !== sizes[index])
    if (changed) this.#current = this.#compute()
    return this.#current
  }

  #compute(): SizedTypes {
    const resized = this.#sections.filter(({ map }) => !map.hasDefinedSize && map.valueType !== VOID)
    const sizes = resized.map(({ map, datasec }) => ({ datasec, size: map.valueSize }))
    const btf = this.#btf && (sizes.length === 0 ? this.#btf : resizeDatasecs(this.#btf, sizes))
    return {
      sizes: this.#sections.map(({ map }) => map.valueSize),
      btf,
      variables: this.#sections.flatMap((section) => variablesOf(btf, section)),
    }
  }
}

function variablesOf(
  btf: Btf | undefined,
  { map, datasec, variables }: DataSection,
): readonly GlobalVariable[] {
  if (map.hasDefinedSize || btf === undefined) return variables
  return readVariables(btf, datasec, { name: map.name, size: map.valueSize })
}
