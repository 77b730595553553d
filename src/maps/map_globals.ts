import type { Btf } from '../btf/btf.ts'
import { createDecoder } from '../btf/decoder.ts'
import { encodeValue } from '../btf/encode_value.ts'
import type { GlobalStore, GlobalVariable } from '../object/globals.ts'
import { ObjectError } from '../object/object_error.ts'
import type { BpfMap } from './bpf_map.ts'
import { MapError } from './map_error.ts'

/** Data sections' maps have one value, under this key. */
export const ONLY_KEY = new Uint8Array(4)

/**
 * Reads and writes global variables of a loaded object through their maps. A read copies the section out of the kernel
 * and decodes one variable. A write copies the section, changes one variable and copies it back: what a program writes to
 * the same section in between is lost, so write only where the programs just read.
 *
 * @throws MapError 'MAP_READ_ONLY' for a write to `.rodata`, which is frozen.
 */
export function mapGlobalStore(
  fileName: string,
  btf: Btf | undefined,
  maps: ReadonlyMap<string, BpfMap>,
): GlobalStore {
  const find = (variable: GlobalVariable): { btf: Btf; map: BpfMap; bytes: Uint8Array } => {
    const map = maps.get(variable.sectionName)
    if (btf === undefined || map === undefined) {
      throw new ObjectError('OBJECT_UNKNOWN_NAME', `${fileName}: variable ${variable.name} is in no map`, {
        object: fileName,
        section: variable.sectionName,
      })
    }
    return { btf, map, bytes: onlyValue(map) }
  }
  return {
    read(variable) {
      const { btf, bytes } = find(variable)
      return createDecoder(btf, variable.type)(viewOf(bytes), variable.offset)
    },
    write(variable, value) {
      const { btf, map, bytes } = find(variable)
      if (map.attributes.origin.kind === 'data' && map.attributes.origin.readOnly) {
        throw new MapError(
          'MAP_READ_ONLY',
          `cannot set ${variable.name}: ${variable.sectionName} is frozen once the object is loaded; set it in the spec before`,
          { map: map.name, object: fileName },
        )
      }
      encodeValue(btf, variable.type, value, viewOf(bytes), variable.offset)
      map.update(ONLY_KEY, bytes)
    },
  }
}

function onlyValue(map: BpfMap): Uint8Array {
  const value = map.lookup(ONLY_KEY)
  if (value !== undefined) return value
  throw new MapError('MAP_NO_ENTRY', `map ${map.name} does not hold the section's contents`, {
    map: map.name,
  })
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
