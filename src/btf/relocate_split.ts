import type { TypeId } from '../base/units.ts'
import { Btf } from './btf.ts'
import { BtfError } from './btf_error.ts'
import { BtfEditor, FIRST_KIND_WORD } from './editor.ts'
import { KINDS } from './format.ts'
import { mapDistilledTypes, type DistilledMapping } from './distilled_base.ts'
import type { BtfKind } from './types.ts'

/**
 * The BTF of a module that was built outside of the kernel's tree cannot refer to vmlinux's types by id: the next build of
 * the kernel has other ids. So it comes with a distilled base, section `.BTF.base`: for each type of vmlinux that it
 * refers to the name, the kind and the size, and nothing of what is inside. Against the vmlinux that is there, each of
 * these is looked up by name (distilled_base.ts), and here the module's types are rewritten: ids of distilled types
 * become ids of vmlinux's, its own ids and string offsets move behind vmlinux's (`btf_relocate` in
 * tools/lib/bpf/btf_relocate.c, Linux 6.18).
 *
 * @param split On top of a distilled base. It stays as it is.
 * @param base What is there instead of the distilled base, of the same endianness.
 * @returns The same types on top of `base`
 * @throws BtfError BTF_BASE_MISMATCH where a distilled type has no counterpart, or several; BTF_BAD_TYPE for a distilled
 *   base or a type that makes no sense; BTF_UNKNOWN_KIND for a type of `split` whose references are not known
 */
export function relocateSplitBtf(split: Btf, base: Btf): Btf {
  const distilled = split.base
  if (distilled === undefined || split.endianness !== base.endianness) throw cannotRelocate(split, base)
  const mapping = mapDistilledTypes(split, distilled, base)
  const move: Move = {
    split,
    distilled,
    mapping,
    ids: base.firstId + base.typeCount - split.firstId,
    strings: base.stringsEnd - distilled.stringsEnd,
  }
  const editor = new BtfEditor(split)
  for (let index = 0; index < split.typeCount; index++) rewrite(editor, split.idAt(index), move)
  return Btf.parse(editor.finish(), { name: split.name, base })
}

function cannotRelocate(split: Btf, base: Btf): BtfError {
  const why =
    split.base === undefined
      ? 'it has no base that could be replaced'
      : `one is ${split.endianness}-endian, the other ${base.endianness}-endian`
  const message = `BTF of ${split.name}: cannot relocate it for the types of ${base.name}: ${why}.`
  return new BtfError('BTF_BASE_MISMATCH', message, { object: split.name })
}

interface Move {
  readonly split: Btf
  readonly distilled: Btf
  readonly mapping: DistilledMapping
  /** How far its own ids move. */
  readonly ids: number
  /** How far the offsets of its own strings move. */
  readonly strings: number
}

/** Which words of a type are ids and string offsets; `struct btf_type`'s name is one always. */
interface References {
  /** Whether the third word is an id, not a size. */
  readonly target?: 'id'
  /** After `struct btf_type`. */
  readonly fixedIds?: readonly number[]
  /** In each of vlen elements. */
  readonly elementIds?: readonly number[]
  readonly elementStrings?: readonly number[]
  readonly elementWords?: number
}

const TARGET: References = { target: 'id' }
const MEMBERS: References = { elementWords: 3, elementStrings: [0], elementIds: [1] }

const REFERENCES: Readonly<Record<BtfKind, References>> = {
  void: {},
  int: {},
  float: {},
  fwd: {},
  ptr: TARGET,
  typedef: TARGET,
  volatile: TARGET,
  const: TARGET,
  restrict: TARGET,
  func: TARGET,
  var: TARGET,
  decl_tag: TARGET,
  type_tag: TARGET,
  array: { fixedIds: [0, 1] },
  struct: MEMBERS,
  union: MEMBERS,
  enum: { elementWords: 2, elementStrings: [0] },
  enum64: { elementWords: 3, elementStrings: [0] },
  func_proto: { target: 'id', elementWords: 2, elementStrings: [0], elementIds: [1] },
  datasec: { elementWords: 3, elementIds: [0] },
}

function rewrite(editor: BtfEditor, id: TypeId, move: Move): void {
  const kind = KINDS[editor.kindNumber(id)]?.name
  // Says which kind it is.
  if (kind === undefined) throw unknownKind(editor, id, move)
  const references = REFERENCES[kind]
  const setId = (index: number): void => {
    editor.setWord(id, index, movedId(editor.word(id, index), id, move))
  }
  const setString = (index: number): void => {
    editor.setWord(id, index, movedString(editor.word(id, index), id, move))
  }
  setString(0)
  if (references.target === 'id') setId(2)
  for (const word of references.fixedIds ?? []) setId(FIRST_KIND_WORD + word)
  const { elementWords = 0, elementIds = [], elementStrings = [] } = references
  const count = elementWords === 0 ? 0 : editor.vlen(id)
  for (let element = 0; element < count; element++) {
    const start = FIRST_KIND_WORD + element * elementWords
    for (const word of elementStrings) setString(start + word)
    for (const word of elementIds) setId(start + word)
  }
}

function movedId(target: number, id: TypeId, { split, mapping, ids }: Move): number {
  if (target === 0) return 0
  if (target >= split.firstId) {
    if (target < split.firstId + split.typeCount) return target + ids
  } else {
    const mapped = mapping.ids.get(target)
    if (mapped !== undefined) return mapped
  }
  throw badReference(split, id, `refers to type ${target}, which does not exist`)
}

function movedString(offset: number, id: TypeId, { split, distilled, mapping, strings }: Move): number {
  if (offset === 0) return 0
  if (offset >= distilled.stringsEnd) return offset + strings
  const mapped = mapping.strings.get(offset)
  if (mapped !== undefined) return mapped
  throw badReference(split, id, `has the string at offset ${offset}, which is the name of no distilled type`)
}

function badReference(split: Btf, id: TypeId, what: string): BtfError {
  const offset = split.offsetOf(id)
  const message = `BTF of ${split.name}: type ${id} at byte ${offset} ${what}.`
  return new BtfError('BTF_BAD_TYPE', message, { object: split.name, offset })
}

function unknownKind(editor: BtfEditor, id: TypeId, { split }: Move): BtfError {
  const message = `BTF of ${split.name}: type ${id} has kind ${editor.kindNumber(id)}, which is not known here, so it cannot be moved to another base.`
  return new BtfError('BTF_UNKNOWN_KIND', message, { object: split.name, offset: split.offsetOf(id) })
}
