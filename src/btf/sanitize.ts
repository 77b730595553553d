import { typeId, VOID, type TypeId } from '../base/units.ts'
import type { Btf } from './btf.ts'
import { BtfEditor, FIRST_KIND_WORD, infoOf } from './editor.ts'
import { KINDS, kindFlagOf, kindNumber } from './format.ts'
import { readHeader } from './header.ts'
import type { BtfKind } from './types.ts'

/**
 * What BTF_LOAD has learnt since Linux 4.18: an object's BTF may use it, and an older kernel refuses the BTF for it.
 * libbpf tells the same apart (tools/lib/bpf/features.c, Linux 6.18).
 */
export type BtfFeature =
  /** FUNC and FUNC_PROTO, Linux 5.0. */
  | 'functions'
  /** VAR and DATASEC, Linux 5.2. */
  | 'datasecs'
  /** FUNC with a linkage, Linux 5.6. */
  | 'global functions'
  /** FLOAT, Linux 5.13. */
  | 'floats'
  /** DECL_TAG, Linux 5.16. */
  | 'declaration tags'
  /** TYPE_TAG, Linux 5.17. */
  | 'type tags'
  /** ENUM64, and ENUM with kind_flag, Linux 6.0. */
  | 'enum64'
  /**
   * DATASEC whose name starts with `?` or has other characters than those of identifiers and dots, Linux 6.9 (commit
   * bd70a8fb7ca4, "bpf: Allow all printable characters in BTF DATASEC names").
   */
  | 'optional datasecs'
  /** The layout section, Linux 7.1. */
  | 'layout'

/** The features that a BTF's own types use: a kernel has to be asked for these only. */
export function usedFeatures(btf: Btf): ReadonlySet<BtfFeature> {
  const used = new Set<BtfFeature>()
  const editor = new BtfEditor(btf)
  for (const id of ownIds(btf)) {
    const kind = KINDS[editor.kindNumber(id)]?.name
    for (const feature of kind === undefined ? [] : featuresOf(btf, editor, id, kind)) used.add(feature)
  }
  if (readHeader(btf.bytes, btf.name).layout.length > 0) used.add('layout')
  return used
}

/** What kernels before 6.9 take as a DATASEC's name (`__btf_name_valid` in kernel/bpf/btf.c, Linux 5.10). */
const OLD_SECTION_NAME = /^[A-Za-z_.][\w.]*$/

function featuresOf(btf: Btf, editor: BtfEditor, id: TypeId, kind: BtfKind): readonly BtfFeature[] {
  if (kind === 'func') return editor.vlen(id) === 0 ? ['functions'] : ['functions', 'global functions']
  if (kind === 'enum') return kindFlagOf(editor.word(id, 1)) ? ['enum64'] : []
  if (kind === 'datasec')
    return OLD_SECTION_NAME.test(btf.nameOf(id)) ? ['datasecs'] : ['datasecs', 'optional datasecs']
  return featureOfKind[kind] ?? []
}

const featureOfKind: Partial<Record<BtfKind, readonly BtfFeature[]>> = {
  func_proto: ['functions'],
  var: ['datasecs'],
  float: ['floats'],
  decl_tag: ['declaration tags'],
  type_tag: ['type tags'],
  enum64: ['enum64'],
}

/**
 * Makes BTF for a kernel that lacks some features: each type that it would refuse becomes one that it knows, of the same
 * id, the same length in the type section and the same size in memory, so that everything that refers to it stays right.
 * What replaces what is libbpf's choice (`bpf_object__sanitize_btf` in tools/lib/bpf/libbpf.c):
 *
 *     VAR, DECL_TAG    INT of one byte           DATASEC          STRUCT with a member for each variable
 *     FUNC_PROTO       ENUM                      FUNC             TYPEDEF; with linkage only, FUNC without
 *     FLOAT            STRUCT without members    TYPE_TAG         CONST
 *     ENUM64           UNION                     ENUM, signed     ENUM
 *
 * Names that are fine for the old kind only are replaced by new ones; libbpf changes the string, and what shares it. The
 * result is for the kernel alone: CO-RE relocations and everything else go on using the BTF as the compiler made it.
 *
 * @param lacking What the kernel refuses.
 * @returns The bytes of the new BTF
 * @throws BtfError what `btf.nameOf` throws for a name that has to be changed
 */
export function sanitizeBtf(btf: Btf, lacking: ReadonlySet<BtfFeature>): Uint8Array {
  const edit: Edit = { btf, editor: new BtfEditor(btf), placeholder: VOID }
  for (const id of ownIds(btf)) {
    const kind = KINDS[edit.editor.kindNumber(id)]?.name
    const rules = kind === undefined ? undefined : RULES[kind]
    rules?.find((rule) => rule.lacking.some((feature) => lacking.has(feature)))?.replace(edit, id)
  }
  if (lacking.has('layout')) edit.editor.dropLayout()
  return edit.editor.finish()
}

function* ownIds(btf: Btf): Generator<TypeId> {
  for (let index = 0; index < btf.typeCount; index++) yield btf.idAt(index)
}

interface Edit {
  /** As it was. */
  readonly btf: Btf
  readonly editor: BtfEditor
  /** The type of the members that stand for 64-bit enumerators, once there is one. */
  placeholder: TypeId
}

interface Rule {
  readonly lacking: readonly BtfFeature[]
  readonly replace: (edit: Edit, id: TypeId) => void
}

/** What happens to a kind where the kernel lacks one of these features; the first rule that is so. */
const RULES: Partial<Record<BtfKind, readonly Rule[]>> = {
  var: [{ lacking: ['datasecs'], replace: toByte }],
  // What is tagged has to be a kind that can be, and functions and variables then are none.
  decl_tag: [{ lacking: ['declaration tags', 'datasecs', 'functions'], replace: toByte }],
  datasec: [
    { lacking: ['datasecs'], replace: datasecToStruct },
    { lacking: ['optional datasecs'], replace: renameOptional },
  ],
  func_proto: [{ lacking: ['functions'], replace: protoToEnum }],
  func: [
    { lacking: ['functions'], replace: become('typedef') },
    { lacking: ['global functions'], replace: become('func') },
  ],
  float: [{ lacking: ['floats'], replace: toAnonymous('struct') }],
  type_tag: [{ lacking: ['type tags'], replace: toAnonymous('const') }],
  enum: [{ lacking: ['enum64'], replace: toUnsigned }],
  enum64: [{ lacking: ['enum64'], replace: enum64ToUnion }],
}

function setKind({ editor }: Edit, id: TypeId, kind: BtfKind, vlen: number): void {
  editor.setWord(id, 1, infoOf(kindNumber(kind), vlen))
}

function become(kind: 'typedef' | 'func'): Rule['replace'] {
  return (edit, id) => {
    setKind(edit, id, kind, 0)
  }
}

function toAnonymous(kind: 'struct' | 'const'): Rule['replace'] {
  return (edit, id) => {
    edit.editor.setWord(id, 0, 0)
    setKind(edit, id, kind, 0)
  }
}

/** `BTF_INT_BITS` of an INT of one byte. */
const ONE_BYTE = 8

/** One byte is never more than what the variable takes of its section. */
function toByte(edit: Edit, id: TypeId): void {
  setKind(edit, id, 'int', 0)
  edit.editor.setWord(id, 2, 1)
  edit.editor.setWord(id, FIRST_KIND_WORD, ONE_BYTE)
}

/** `struct btf_var_secinfo` (type, offset in bytes, size) becomes `struct btf_member` (name, type, offset in bits). */
function datasecToStruct(edit: Edit, id: TypeId): void {
  const { btf, editor } = edit
  const vlen = editor.vlen(id)
  editor.setWord(id, 0, identifier(edit, btf.nameOf(id)))
  setKind(edit, id, 'struct', vlen)
  for (let index = 0; index < vlen; index++) {
    const at = FIRST_KIND_WORD + index * 3
    const variable = editor.word(id, at)
    const offset = editor.word(id, at + 1)
    editor.setWord(id, at, identifier(edit, btf.nameOf(typeId(variable))))
    editor.setWord(id, at + 1, variable)
    editor.setWord(id, at + 2, offset * 8)
  }
}

/** The offset of a name for a C identifier: of `.data.new` that is `_data_new`. */
function identifier({ editor }: Edit, name: string): number {
  return editor.string(name.replaceAll(/\W/g, '_').replace(/^\d/, '_'))
}

function renameOptional({ btf, editor }: Edit, id: TypeId): void {
  const name = btf.nameOf(id)
  if (OLD_SECTION_NAME.test(name)) return
  editor.setWord(id, 0, editor.string(name.replaceAll(/[^\w.]/g, '_').replace(/^\d/, '_')))
}

/** Bytes of the ENUM that replaces a FUNC_PROTO: the one size that every kernel takes. */
const ENUM_SIZE = 4

/** Parameters become enumerators, which have to have names. */
function protoToEnum(edit: Edit, id: TypeId): void {
  const { editor } = edit
  const vlen = editor.vlen(id)
  setKind(edit, id, 'enum', vlen)
  editor.setWord(id, 2, ENUM_SIZE)
  for (let index = 0; index < vlen; index++) {
    const at = FIRST_KIND_WORD + index * 2
    if (editor.word(id, at) === 0) editor.setWord(id, at, editor.string('_'))
  }
}

/** Without kind_flag. */
function toUnsigned(edit: Edit, id: TypeId): void {
  setKind(edit, id, 'enum', edit.editor.vlen(id))
}

/** `struct btf_enum64` (name, low half, high half) becomes `struct btf_member` (name, type, offset). */
function enum64ToUnion(edit: Edit, id: TypeId): void {
  const { editor } = edit
  const vlen = editor.vlen(id)
  if (edit.placeholder === VOID && vlen > 0) edit.placeholder = addPlaceholder(editor)
  setKind(edit, id, 'union', vlen)
  for (let index = 0; index < vlen; index++) {
    const at = FIRST_KIND_WORD + index * 3
    editor.setWord(id, at + 1, edit.placeholder)
    editor.setWord(id, at + 2, 0)
  }
}

function addPlaceholder(editor: BtfEditor): TypeId {
  const nameOffset = editor.string('enum64_placeholder')
  return editor.addType({ nameOffset, info: infoOf(kindNumber('int')), sizeOrType: 1, words: [ONE_BYTE] })
}
