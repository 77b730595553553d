import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import type { Endianness } from '../../src/base/reader.ts'
import type { TypeId } from '../../src/base/units.ts'

/** Parses what `add` builds; what `add` returns is handed on as `ids`. */
export function built<Ids>(
  add: (builder: BtfBuilder) => Ids,
  options: { endianness?: Endianness; base?: Btf } = {},
): { btf: Btf; ids: Ids } {
  const builder = new BtfBuilder(options.base === undefined ? {} : { base: options.base })
  const ids = add(builder)
  const bytes = builder.finish({ endianness: options.endianness ?? 'little' })
  return { btf: Btf.parse(bytes, { name: 'test', base: options.base }), ids }
}

/** A view of bytes, given as numbers. */
export function viewOf(...bytes: number[]): DataView {
  return new DataView(Uint8Array.from(bytes).buffer)
}

export interface Basics {
  readonly int: TypeId
  readonly u8: TypeId
  readonly u32: TypeId
  readonly u64: TypeId
  readonly char: TypeId
}

export function addBasics(builder: BtfBuilder): Basics {
  return {
    int: builder.addInt('int', 4, { encoding: 'signed' }),
    u8: builder.addInt('unsigned char', 1),
    u32: builder.addInt('unsigned int', 4),
    u64: builder.addInt('unsigned long long', 8),
    char: builder.addInt('char', 1, { encoding: 'signed' }),
  }
}
