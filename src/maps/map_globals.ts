import type { Btf } from '../btf/btf.ts'
import type { GlobalStore, GlobalVariable } from '../object/globals.ts'
import { KCONFIG_SECTION } from '../object/externs.ts'
import { ObjectError } from '../object/object_error.ts'
import { decodeVariable, encodeVariable } from '../object/variable_codec.ts'
import type { BpfMap } from './bpf_map.ts'
import { MapError } from './map_error.ts'

/** Data sections' maps have one value, under this key. */
export const ONLY_KEY = new Uint8Array(4)

/**
 * Reads and writes global variables of a loaded object where programs read and write them, in the mapped memory of their
 * sections' maps: a scalar that is aligned is never seen by halves, and a write changes the bytes of its variable alone.
 *
 * A section that cannot be mapped is copied out of the kernel as a whole for each read. A write copies it, changes one
 * variable and copies all of it back: what a program writes to the same section in between is lost. So is a section of
 * static variables alone, as libbpf too does not make such maps mmapable; a global variable beside them makes it so.
 *
 * @throws MapError 'MAP_READ_ONLY' for a write to `.rodata`, which is frozen; BpfError 'DESCRIPTOR_CLOSED' once the
 *   section's map was closed; SyscallError
 */
export function mapGlobalStore(
  fileName: string,
  btf: Btf | undefined,
  maps: ReadonlyMap<string, BpfMap>,
): GlobalStore {
  const find = (variable: GlobalVariable): { btf: Btf; map: BpfMap } => {
    const map = maps.get(variable.sectionName)
    if (btf !== undefined && map !== undefined) return { btf, map }
    throw new ObjectError('OBJECT_UNKNOWN_NAME', `${fileName}: variable ${variable.name} is in no map`, {
      object: fileName,
      section: variable.sectionName,
    })
  }
  return {
    read(variable) {
      const { btf, map } = find(variable)
      return decodeVariable(btf, variable, readBytes(map, variable))
    },
    write(variable, value) {
      const { btf, map } = find(variable)
      if (map.attributes.origin?.kind === 'data' && map.attributes.origin.readOnly) {
        throw new MapError(
          'MAP_READ_ONLY',
          `cannot set ${variable.name}: ${variable.sectionName} is frozen once the object is loaded; ${adviceFor(variable)}`,
          { map: map.name, object: fileName },
        )
      }
      writeBytes(map, variable, encodeVariable(btf, variable, value))
    },
  }
}

function readBytes(map: BpfMap, { offset, size }: GlobalVariable): Uint8Array {
  const { memory } = map
  return memory === undefined ? onlyValue(map).subarray(offset, offset + size) : memory.read(offset, size)
}

function writeBytes(map: BpfMap, { offset }: GlobalVariable, bytes: Uint8Array): void {
  const { memory } = map
  if (memory !== undefined) {
    memory.write(offset, bytes)
    return
  }
  const value = onlyValue(map)
  value.set(bytes, offset)
  map.update(ONLY_KEY, value)
}

function adviceFor({ sectionName }: GlobalVariable): string {
  if (sectionName === KCONFIG_SECTION)
    return 'it is what the kernel was built with; give another configuration when loading'
  return 'set it in the spec before'
}

function onlyValue(map: BpfMap): Uint8Array {
  const value = map.lookup(ONLY_KEY)
  if (value !== undefined) return value
  throw new MapError('MAP_NO_ENTRY', `map ${map.name} does not hold the section's contents`, {
    map: map.name,
  })
}
