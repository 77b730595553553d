import { VOID, type TypeId } from '../base/units.ts'
import type { Btf } from './btf.ts'
import { BtfError } from './btf_error.ts'
import { BtfEditor, infoOf } from './editor.ts'
import { INT_ENCODINGS, kindNumber } from './format.ts'
import { sizeOf } from './layout.ts'
import type { BtfDatasec, BtfDatasecVariable } from './types.ts'

/** A variable that has fewer bytes in its section than its type. */
export interface SplitVariable {
  readonly name: string
  readonly section: string
  /** Bytes in the section. */
  readonly size: number
  /** Bytes of the type that the compiler gave it. */
  readonly typeSize: number
}

/**
 * The optimiser of clang splits a static struct or array into the parts that are used, `state.0`, `state.1` and so on,
 * and may even shrink a part to the one bit that it carries. Each part still has the type of the whole in BTF, which says
 * that it is larger than its place. `btf_datasec_resolve` refuses that with "Invalid size" (kernel/bpf/btf.c, Linux 6.18),
 * and then nothing of the object has types. Which member a part was is not written down, and it may have been none; what
 * is known is that these are bytes, so the variable becomes an `unsigned char` array of its size.
 *
 * @param onMended Told of each variable.
 * @returns The BTF's bytes with the same ids; `btf.bytes` itself where there is nothing to mend
 */
export function mendSplitVariables(btf: Btf, onMended: (variable: SplitVariable) => void): Uint8Array {
  const mending = new Mending(btf)
  for (const id of btf.idsOfKind('datasec')) {
    const section = btf.type(id)
    if (section.kind !== 'datasec') continue
    for (const entry of section.variables) {
      const split = splitVariable(btf, section, entry)
      if (split === undefined) continue
      mending.makeBytes(entry.type, split.size)
      onMended(split)
    }
  }
  return mending.bytes()
}

function splitVariable(
  btf: Btf,
  section: BtfDatasec,
  { type, size }: BtfDatasecVariable,
): SplitVariable | undefined {
  try {
    const variable = btf.type(type)
    const typeSize = variable.kind === 'var' ? sizeOf(btf, variable.type) : 0
    return size === 0 || size >= typeSize
      ? undefined
      : { name: variable.name, section: section.name, size, typeSize }
  } catch (error) {
    // A variable that makes no sense, or whose type has no size, is not what is mended here.
    if (error instanceof BtfError) return undefined
    throw error
  }
}

/** Adds the types that are needed, each once. */
class Mending {
  readonly #btf: Btf
  readonly #arrays = new Map<number, TypeId>()
  #editor: BtfEditor | undefined
  #byte: TypeId = VOID
  #index: TypeId = VOID

  constructor(btf: Btf) {
    this.#btf = btf
  }

  makeBytes(variable: TypeId, size: number): void {
    const editor = this.#start()
    const array = this.#arrays.get(size) ?? this.#addArray(editor, size)
    this.#arrays.set(size, array)
    editor.setWord(variable, 2, array)
  }

  bytes(): Uint8Array {
    return this.#editor?.finish() ?? this.#btf.bytes
  }

  #start(): BtfEditor {
    if (this.#editor !== undefined) return this.#editor
    const editor = new BtfEditor(this.#btf)
    this.#editor = editor
    this.#byte = this.#addInt(editor, 'unsigned char', 1)
    this.#index = this.#addInt(editor, '__ARRAY_SIZE_TYPE__', 4)
    return editor
  }

  #addInt(editor: BtfEditor, name: string, size: number): TypeId {
    return editor.addType({
      nameOffset: editor.string(name),
      info: infoOf(kindNumber('int')),
      sizeOrType: size,
      words: [(INT_ENCODINGS.unsigned << 24) | (size * 8)],
    })
  }

  #addArray(editor: BtfEditor, length: number): TypeId {
    return editor.addType({
      nameOffset: 0,
      info: infoOf(kindNumber('array')),
      sizeOrType: 0,
      words: [this.#byte, this.#index, length],
    })
  }
}
