import type { TypeId } from '../base/units.ts'
import { appendArrays } from './append_arrays.ts'
import { Btf } from './btf.ts'
import { TYPE_WORDS } from './format.ts'
import { sizeOf } from './layout.ts'
import { resolve } from './resolve.ts'
import type { BtfArray, BtfDatasec } from './types.ts'

/** The array that a data section ends with. */
export interface LastArray {
  readonly datasec: BtfDatasec
  /** The variable that it is the type of. */
  readonly variable: TypeId
  readonly type: BtfArray
  /** Bytes from the start of the section. */
  readonly offset: number
  /** Bytes, at least one. */
  readonly elementSize: number
}

/** A DATASEC, and how many bytes it is to have. */
export interface DatasecSize {
  readonly datasec: TypeId
  readonly size: number
}

/**
 * The last variable of a DATASEC, if it is an array of something that has a size: then the section can be made longer or
 * shorter, and still be described. Variables are taken to be in the order of their offsets, as `fixupDatasecs` leaves them.
 *
 * @throws BtfError what `btf.type` and `sizeOf` throw for the types involved
 */
export function lastArrayOf(btf: Btf, id: TypeId): LastArray | undefined {
  const datasec = btf.type(id)
  const entry = datasec.kind === 'datasec' ? datasec.variables.at(-1) : undefined
  if (datasec.kind !== 'datasec' || entry === undefined) return undefined
  const variable = btf.type(entry.type)
  if (variable.kind !== 'var') return undefined
  const type = resolve(btf, variable.type)
  if (type.kind !== 'array') return undefined
  const elementSize = sizeOf(btf, type.element)
  if (elementSize === 0) return undefined
  return { datasec, variable: entry.type, type, offset: entry.offset, elementSize }
}

/**
 * Gives DATASECs that end with an array other sizes, as `map_btf_datasec_resize` of libbpf's src/libbpf.c (1.3) does: the
 * last variable becomes an array of as many elements as then fit, of a new type, without the modifiers and typedefs that
 * the old one had around it. DATASECs that end with something else are left as they are.
 *
 * @param sizes Bytes, no less than the last array's offset.
 * @returns new BTF with the same ids, and the new arrays behind them
 * @throws BtfError as `lastArrayOf` does
 */
export function resizeDatasecs(btf: Btf, sizes: readonly DatasecSize[]): Btf {
  const resized = sizes.flatMap(({ datasec, size }) => {
    const last = lastArrayOf(btf, datasec)
    return last === undefined ? [] : [{ ...last, size }]
  })
  const bytes = new Uint8Array(btf.bytes)
  const view = new DataView(bytes.buffer)
  const write = (at: number, word: number): void => {
    view.setUint32(at, word, btf.endianness === 'little')
  }
  resized.forEach(({ datasec, variable, offset, size }, index) => {
    const start = btf.offsetOf(datasec.id)
    const lastEntry = start + (TYPE_WORDS + (datasec.variables.length - 1) * 3) * 4
    write(start + 8, size)
    write(lastEntry + 8, size - offset)
    write(btf.offsetOf(variable) + 8, btf.firstId + btf.typeCount + index)
  })
  const arrays = resized.map(({ type, offset, elementSize, size }) => {
    return { element: type.element, index: type.index, length: Math.floor((size - offset) / elementSize) }
  })
  return Btf.parse(appendArrays(bytes, btf.name, arrays), { name: btf.name, base: btf.base })
}
