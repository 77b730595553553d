import type { TypeId } from '../../src/base/units.ts'
import type { BtfBuilder, DatasecVariableSpec } from '../../src/btf/encoder.ts'
import { STB_GLOBAL, STB_WEAK } from '../../src/elf/constants.ts'
import { type ObjectDescription, type NamedTypes, writeObject } from './object_writer.ts'

/** `extern` declarations as clang writes them: in BTF without place or size, in ELF as undefined symbols. */
export interface ExternDescription {
  readonly name: string
  /** Default 'strong'. 'unused' leaves out the symbol, as where no instruction refers to it. */
  readonly strength?: 'strong' | 'weak' | 'unused'
}

export interface ExternVariable extends ExternDescription {
  /** One of `basicTypes`, or 'char', 'tristate', 'char[N]', 'const void', 'task', 'pointer'. */
  readonly type: string
}

export interface ExternFunction extends ExternDescription {
  /** Default none. */
  readonly params?: readonly string[]
  /** Default 'void'. */
  readonly returns?: string
}

export interface ExternObject extends Omit<ObjectDescription, 'types' | 'extraSymbols'> {
  readonly kconfig?: readonly ExternVariable[]
  readonly ksyms?: readonly ExternVariable[]
  readonly kfuncs?: readonly ExternFunction[]
}

export function writeExternObject(description: ExternObject): Uint8Array {
  const { kconfig = [], ksyms = [], kfuncs = [] } = description
  return writeObject({
    ...description,
    types: (builder, basics) => addExterns(builder, basics, description),
    extraSymbols: [...kconfig, ...ksyms, ...kfuncs]
      .filter(({ strength }) => strength !== 'unused')
      .map(({ name, strength }) => ({ name, binding: strength === 'weak' ? STB_WEAK : STB_GLOBAL })),
  })
}

function addExterns(
  builder: BtfBuilder,
  basics: NamedTypes,
  { kconfig = [], ksyms = [], kfuncs = [] }: ExternObject,
): NamedTypes {
  const typeOf = externTypes(builder, basics)
  const variable = ({ name, type }: ExternVariable): DatasecVariableSpec => ({
    type: builder.addVar(name, typeOf(type), 'extern'),
    offset: 0,
    size: sizes[type] ?? Number(/\[(\d+)\]/.exec(type)?.[1] ?? 0),
  })
  const fn = ({ name, params = [], returns = 'void' }: ExternFunction): DatasecVariableSpec => {
    const proto = builder.addFuncProto(
      typeOf(returns),
      params.map((type) => ({ name: '', type: typeOf(type) })),
    )
    return { type: builder.addFunc(name, proto, 'extern'), offset: 0, size: 0 }
  }
  if (kconfig.length > 0) builder.addDatasec('.kconfig', 0, kconfig.map(variable))
  const symbols = [...kfuncs.map(fn), ...ksyms.map(variable)]
  if (symbols.length > 0) builder.addDatasec('.ksyms', 0, symbols)
  return {}
}

const sizes: Readonly<Record<string, number>> = {
  char: 1,
  bool: 1,
  u8: 1,
  u16: 2,
  int: 4,
  u32: 4,
  tristate: 4,
  u64: 8,
}

/** The types that the builder has, and those that externs ask for, each added once. */
export function externTypes(builder: BtfBuilder, basics: NamedTypes): (name: string) => TypeId {
  const known = new Map<string, TypeId>(Object.entries(basics))
  const typeOf = (name: string): TypeId => {
    const id = known.get(name) ?? add(name)
    known.set(name, id)
    return id
  }
  const add = (name: string): TypeId => {
    const length = /^char\[(\d+)\]$/.exec(name)?.[1]
    if (length !== undefined)
      return builder.addArray(builder.addModifier('const', typeOf('char')), typeOf('int'), Number(length))
    switch (name) {
      case 'char':
        return builder.addInt('char', 1, { encoding: 'signed' })
      case 'short':
        return builder.addInt('short', 2, { encoding: 'signed' })
      case 'tristate':
        return builder.addEnum('libbpf_tristate', {
          size: 4,
          signed: false,
          enumerators: ['TRI_NO', 'TRI_YES', 'TRI_MODULE'].map((each, value) => ({
            name: each,
            value: BigInt(value),
          })),
        })
      case 'const void':
        return builder.addModifier('const', typeOf('void'))
      case 'task':
        return builder.addStruct('task_struct', 4, [{ name: 'pid', type: typeOf('int'), bitOffset: 0 }])
      case 'pointer':
        return builder.addPtr(typeOf('task'))
      default:
        throw new Error(`no type ${name}`)
    }
  }
  return typeOf
}
