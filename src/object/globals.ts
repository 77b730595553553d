import type { ByteOffset, TypeId } from '../base/units.ts'
import { BtfError } from '../btf/btf_error.ts'
import type { BtfValue } from '../btf/value.ts'
import { ObjectError } from './object_error.ts'
import { nameVariables, type VariableNames } from './variable_names.ts'

/** A global or static variable, and where in its data section's map it stands. */
export interface GlobalVariable {
  readonly name: string
  /** The map that holds it, named as its section. */
  readonly sectionName: string
  readonly offset: ByteOffset
  /** Bytes. */
  readonly size: number
  readonly type: TypeId
  readonly linkage: 'static' | 'global'
}

/**
 * Global variables by name: read a property to decode the value, assign to it to encode and store one.
 *
 * Where several static variables have one name, that name alone is refused, as ambiguous; with the section before it, as
 * in `.bss/count`, and where that is not enough the place in the section behind it, `.bss/count@16`, it means one. Any
 * variable can be named so. Enumerated are the shortest names that mean one variable.
 */
export type Globals = Record<string, BtfValue>

/** Where the values of the variables are kept: in a spec's bytes before a load, in maps after it. */
export interface GlobalStore {
  read(variable: GlobalVariable): BtfValue
  write(variable: GlobalVariable, value: unknown): void
}

/**
 * An object with one property per variable. Assigning to a name that no variable has is an ObjectError
 * 'OBJECT_UNKNOWN_NAME' that lists those there are; reading or assigning one that several static variables have is one
 * 'OBJECT_AMBIGUOUS_NAME' that tells how each is called; assigning what the variable's type cannot hold is one
 * 'OBJECT_BAD_VALUE', with the BtfError as its cause.
 */
export function createGlobals(
  objectName: string,
  variables: readonly GlobalVariable[],
  store: GlobalStore,
): Globals {
  const names = nameVariables(variables)
  const values: Globals = {}
  // Without a prototype, a variable may be called `constructor`.
  Object.setPrototypeOf(values, null)
  for (const [name, variable] of names.shortest) {
    Object.defineProperty(values, name, {
      enumerable: true,
      configurable: true,
      get: () => store.read(variable),
      set: (value: unknown) => {
        write(objectName, store, variable, value)
      },
    })
  }
  return new Proxy(values, {
    get(target, name): unknown {
      if (typeof name === 'symbol' || Object.hasOwn(target, name)) return Reflect.get(target, name)
      const variable = find(objectName, names, name)
      return variable && store.read(variable)
    },
    set(target, name, value) {
      if (typeof name === 'string' && Object.hasOwn(target, name)) return Reflect.set(target, name, value)
      const variable = typeof name === 'string' ? find(objectName, names, name) : undefined
      if (variable === undefined) throw unknown(objectName, names, String(name))
      write(objectName, store, variable, value)
      return true
    },
  })
}

/** The variable that has this as one of its longer names. */
function find(objectName: string, names: VariableNames, name: string): GlobalVariable | undefined {
  const those = names.ambiguous.get(name)
  if (those === undefined) return names.longer.get(name)
  throw new ObjectError(
    'OBJECT_AMBIGUOUS_NAME',
    `${objectName} has ${those.length} variables called ${name}: say which one, as ${those.join(' or ')}`,
    { object: objectName },
  )
}

function unknown(objectName: string, names: VariableNames, name: string): ObjectError {
  const known = [...names.shortest.keys()].join(', ')
  return new ObjectError(
    'OBJECT_UNKNOWN_NAME',
    `cannot set global variable ${name} of ${objectName}: it has ${known === '' ? 'none' : `only ${known}`}`,
    { object: objectName },
  )
}

function write(objectName: string, store: GlobalStore, variable: GlobalVariable, value: unknown): void {
  try {
    store.write(variable, value)
  } catch (cause) {
    if (!(cause instanceof BtfError)) throw cause
    throw new ObjectError(
      'OBJECT_BAD_VALUE',
      `cannot set global variable ${variable.name} of ${objectName}: ${cause.message}`,
      { object: objectName, section: variable.sectionName, cause },
    )
  }
}
