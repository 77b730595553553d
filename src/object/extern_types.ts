import type { TypeId } from '../base/units.ts'
import { Btf } from '../btf/btf.ts'
import { BtfEditor, FIRST_KIND_WORD, infoOf } from '../btf/editor.ts'
import { INT_ENCODINGS, kindNumber, LINKAGES } from '../btf/format.ts'
import type { BtfDatasec, BtfDatasecVariable } from '../btf/types.ts'
import type { ExternSpec } from './extern_spec.ts'
import { datasecsNamed, KCONFIG_SECTION, KSYMS_SECTION } from './externs.ts'

/**
 * Makes the types of externs such as the kernel takes. To the kernel a section of BTF is a piece of memory with variables
 * in it, one behind another, and nothing is extern. So:
 *
 * - `.kconfig` becomes what it is: the section that a map holds, its variables global and in their places.
 * - `.ksyms` is memory that does not exist. Each of its variables is made a global int of 4 bytes; in the place of each
 *   function, which cannot be in a section, stands one more such variable, `dummy_ksym`.
 * - The functions themselves become global ones, and their parameters get a name where they have none.
 *
 * All types keep their ids. The same is done by `bpf_object__collect_externs` and `add_dummy_ksym_var` of
 * tools/lib/bpf/libbpf.c (bpf-next with libbpf 1.6); here an int is added where the object has none of 32 bits.
 *
 * @param externs What `readExterns` read from the same types.
 * @returns The same object where there are no externs.
 * @throws what `btf.type` throws
 */
export function allocateExternTypes(btf: Btf, externs: ReadonlyMap<string, ExternSpec>): Btf {
  const kconfig = datasecsNamed(btf, KCONFIG_SECTION)
  const ksyms = datasecsNamed(btf, KSYMS_SECTION)
  if (kconfig.length === 0 && ksyms.length === 0) return btf
  const editor = new BtfEditor(btf)
  for (const section of kconfig) allocateKconfig(btf, editor, section, externs)
  const stand = new StandIns(btf, editor)
  for (const section of ksyms) allocateKsyms(btf, editor, section, stand)
  return Btf.parse(editor.finish(), { name: btf.name })
}

/** What stands where C has no name and BTF needs one; libbpf's is the same. */
export const STAND_IN_NAME = 'dummy_ksym'

const GLOBAL = LINKAGES.indexOf('global')
/** Bytes that each extern of `.ksyms` seems to take. */
const KSYM_SIZE = 4

function allocateKconfig(
  btf: Btf,
  editor: BtfEditor,
  section: BtfDatasec,
  externs: ReadonlyMap<string, ExternSpec>,
): void {
  let end = 0
  const variables = section.variables.map((entry) => {
    const extern = externs.get(btf.nameOf(entry.type))
    if (extern?.kind !== 'kconfig' || btf.kind(entry.type) !== 'var') return entry
    end = Math.max(end, extern.offset + extern.size)
    editor.setWord(entry.type, FIRST_KIND_WORD, GLOBAL)
    return { ...entry, offset: extern.offset }
  })
  editor.setWord(section.id, 2, end)
  setVariables(editor, section, variables)
}

function allocateKsyms(btf: Btf, editor: BtfEditor, section: BtfDatasec, stand: StandIns): void {
  const variables = section.variables.map((entry, index) => {
    const place = { offset: index * KSYM_SIZE, size: KSYM_SIZE }
    const declaration = btf.type(entry.type)
    if (declaration.kind === 'func') {
      editor.setWord(declaration.id, 1, infoOf(kindNumber('func'), GLOBAL))
      nameParameters(btf, editor, declaration.proto, stand)
      return { ...place, type: stand.variable() }
    }
    if (declaration.kind === 'var') {
      editor.setWord(declaration.id, 2, stand.int())
      editor.setWord(declaration.id, FIRST_KIND_WORD, GLOBAL)
    }
    return { ...place, type: entry.type }
  })
  editor.setWord(section.id, 2, variables.length * KSYM_SIZE)
  setVariables(editor, section, variables)
}

/** The kernel wants them in the order of their places. */
function setVariables(
  editor: BtfEditor,
  { id }: BtfDatasec,
  variables: readonly (Pick<BtfDatasecVariable, 'type' | 'size'> & { readonly offset: number })[],
): void {
  variables
    .toSorted((a, b) => a.offset - b.offset)
    .forEach(({ type, offset, size }, index) => {
      const word = FIRST_KIND_WORD + index * 3
      editor.setWord(id, word, type)
      editor.setWord(id, word + 1, offset)
      editor.setWord(id, word + 2, size)
    })
}

/** The kernel wants global functions to name their parameters; a declaration need not. */
function nameParameters(btf: Btf, editor: BtfEditor, proto: TypeId, stand: StandIns): void {
  const type = btf.type(proto)
  if (type.kind !== 'func_proto' || !stand.isFirst(proto)) return
  type.params.forEach((param, index) => {
    if (param.type !== 0 && param.name === '')
      editor.setWord(proto, FIRST_KIND_WORD + index * 2, stand.name())
  })
}

/** What stands in the place of types that the kernel would not take; each is made when it is first needed. */
class StandIns {
  readonly #btf: Btf
  readonly #editor: BtfEditor
  readonly #prototypes = new Set<TypeId>()
  #int: TypeId | undefined
  #variable: TypeId | undefined

  constructor(btf: Btf, editor: BtfEditor) {
    this.#btf = btf
    this.#editor = editor
  }

  /** Whether the prototype was not looked at before: many functions may share a long one. */
  isFirst(proto: TypeId): boolean {
    const isFirst = !this.#prototypes.has(proto)
    this.#prototypes.add(proto)
    return isFirst
  }

  /** The offset of the name. */
  name(): number {
    return this.#editor.string(STAND_IN_NAME)
  }

  /** The object's first int of 32 bits, as libbpf chooses it. */
  int(): TypeId {
    this.#int ??= this.#existingInt() ?? this.#addInt()
    return this.#int
  }

  variable(): TypeId {
    this.#variable ??= this.#editor.addType({
      nameOffset: this.name(),
      info: infoOf(kindNumber('var')),
      sizeOrType: this.int(),
      words: [GLOBAL],
    })
    return this.#variable
  }

  #existingInt(): TypeId | undefined {
    return this.#btf.idsOfKind('int').find((id) => {
      const type = this.#btf.type(id)
      return type.kind === 'int' && type.bits === 32 && type.size === KSYM_SIZE
    })
  }

  #addInt(): TypeId {
    return this.#editor.addType({
      nameOffset: this.#editor.string('int'),
      info: infoOf(kindNumber('int')),
      sizeOrType: KSYM_SIZE,
      words: [(INT_ENCODINGS.signed << 24) | 32],
    })
  }
}
