import type { ByteOffset, TypeId } from '../base/units.ts'
import { BtfError } from '../btf/btf_error.ts'
import type { BtfValue } from '../btf/value.ts'
import { ObjectError } from './object_error.ts'

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

/** Global variables by name: read a property to decode the value, assign to it to encode and store one. */
export type Globals = Record<string, BtfValue>

/** Where the values of the variables are kept: in a spec's bytes before a load, in maps after it. */
export interface GlobalStore {
  read(variable: GlobalVariable): BtfValue
  write(variable: GlobalVariable, value: unknown): void
}

/**
 * An object with one property per variable. Where a static variable has the name of a global one, the global one has it.
 * Assigning to a name that no variable has is an ObjectError 'OBJECT_UNKNOWN_NAME' that lists those there are;
 * assigning what the variable's type cannot hold is one 'OBJECT_BAD_VALUE', with the BtfError as its cause.
 */
export function createGlobals(
  objectName: string,
  variables: readonly GlobalVariable[],
  store: GlobalStore,
): Globals {
  const values: Globals = {}
  // Without a prototype, a variable may be called `constructor`.
  Object.setPrototypeOf(values, null)
  for (const variable of [...variables].sort(globalsLast)) {
    Object.defineProperty(values, variable.name, {
      enumerable: true,
      configurable: true,
      get: () => store.read(variable),
      set: (value: unknown) => {
        write(objectName, store, variable, value)
      },
    })
  }
  return new Proxy(values, {
    set(target, name, value) {
      if (typeof name === 'symbol' || !Object.hasOwn(target, name)) {
        const known = Object.keys(target).join(', ')
        throw new ObjectError(
          'OBJECT_UNKNOWN_NAME',
          `cannot set global variable ${String(name)} of ${objectName}: it has ${known === '' ? 'none' : `only ${known}`}`,
          { object: objectName },
        )
      }
      return Reflect.set(target, name, value)
    },
  })
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

function globalsLast(left: GlobalVariable, right: GlobalVariable): number {
  return Number(left.linkage === 'global') - Number(right.linkage === 'global')
}
