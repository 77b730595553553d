import type { Btf } from '../btf/btf.ts'
import { createDecoder } from '../btf/decoder.ts'
import { encodeValue } from '../btf/encode_value.ts'
import { sizeOf } from '../btf/layout.ts'
import type { GlobalStore } from '../object/globals.ts'
import type { ArenaMemory } from './arena_memory.ts'

/** Where `__arena` variables are. */
export interface ArenaGlobals {
  /** The section that they name. */
  readonly sectionName: string
  readonly btf: Btf
  readonly memory: ArenaMemory
}

/**
 * Reads and writes `__arena` variables of a loaded object in place, in the memory that it shares with the programs; `others`
 * has all other variables. Bytes are copied one after another, so that a value that a program writes at the same time may be
 * read half.
 */
export function arenaGlobalStore(
  { sectionName, btf, memory }: ArenaGlobals,
  others: GlobalStore,
): GlobalStore {
  return {
    read(variable) {
      if (variable.sectionName !== sectionName) return others.read(variable)
      const bytes = memory.read(variable.offset, variable.size)
      return createDecoder(btf, variable.type)(new DataView(bytes.buffer), 0)
    },
    write(variable, value) {
      if (variable.sectionName !== sectionName) {
        others.write(variable, value)
        return
      }
      const bytes = new Uint8Array(sizeOf(btf, variable.type))
      encodeValue(btf, variable.type, value, new DataView(bytes.buffer), 0)
      memory.write(variable.offset, bytes)
    },
  }
}
