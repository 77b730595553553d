import type { Btf } from '../btf/btf.ts'
import { createDecoder } from '../btf/decoder.ts'
import { encodeValue } from '../btf/encode_value.ts'
import type { GlobalStore, GlobalVariable } from './globals.ts'
import type { MapSpec } from './map_spec.ts'
import { ObjectError } from './object_error.ts'

/** Keeps the values of variables in the initial contents of the data sections' maps. */
export function specGlobalStore(
  objectName: string,
  btf: Btf | undefined,
  maps: ReadonlyMap<string, MapSpec>,
): GlobalStore {
  const find = (variable: GlobalVariable): { btf: Btf; view: DataView } => {
    const contents = maps.get(variable.sectionName)?.contents
    if (btf === undefined || contents === undefined) {
      throw new ObjectError(
        'OBJECT_UNKNOWN_NAME',
        `${objectName} has no contents for the variable ${variable.name}`,
        {
          object: objectName,
          section: variable.sectionName,
        },
      )
    }
    return { btf, view: new DataView(contents.buffer, contents.byteOffset, contents.byteLength) }
  }
  return {
    read(variable) {
      const { btf, view } = find(variable)
      return createDecoder(btf, variable.type)(view, variable.offset)
    },
    write(variable, value) {
      const { btf, view } = find(variable)
      encodeValue(btf, variable.type, value, view, variable.offset)
    },
  }
}
