import type { Btf } from '../btf/btf.ts'
import type { GlobalStore, GlobalVariable } from './globals.ts'
import type { MapSpec } from './map_spec.ts'
import { ObjectError } from './object_error.ts'
import { decodeVariable, encodeVariable } from './variable_codec.ts'

/** Types and variables, of which maps that are resized have others. */
export interface VariableTypes {
  readonly btf: Btf | undefined
  readonly variables: readonly GlobalVariable[]
}

/** Keeps the values of variables in the initial contents of the data sections' maps. */
export function specGlobalStore(
  objectName: string,
  types: VariableTypes,
  maps: ReadonlyMap<string, MapSpec>,
): GlobalStore {
  const asDefined = types.variables
  const find = (asked: GlobalVariable): { btf: Btf; variable: GlobalVariable; bytes: Uint8Array } => {
    const { btf } = types
    const contents = maps.get(asked.sectionName)?.contents
    if (btf === undefined || contents === undefined) {
      throw noContents(objectName, asked, 'no map has its section’s contents')
    }
    const { variables } = types
    const variable = variables === asDefined ? asked : variables.find((each) => isSame(each, asked))
    if (variable === undefined) {
      const place = `it lies at byte ${asked.offset} of its section, whose map was resized to ${contents.length} bytes`
      throw noContents(objectName, asked, place)
    }
    return { btf, variable, bytes: contents.subarray(variable.offset, variable.offset + variable.size) }
  }
  return {
    read(asked) {
      const { btf, variable, bytes } = find(asked)
      return decodeVariable(btf, variable, bytes)
    },
    write(asked, value) {
      const { btf, variable, bytes } = find(asked)
      bytes.set(encodeVariable(btf, variable, value))
    },
  }
}

/** Resizing changes size and type of a variable, and neither name nor place. */
function isSame(left: GlobalVariable, right: GlobalVariable): boolean {
  return left.offset === right.offset && left.name === right.name && left.sectionName === right.sectionName
}

function noContents(object: string, { name, sectionName }: GlobalVariable, why: string): ObjectError {
  const message = `${object} has no contents for the variable ${name}: ${why}`
  return new ObjectError('OBJECT_UNKNOWN_NAME', message, { object, section: sectionName })
}
