import { typeId, type TypeId } from '../base/units.ts'
import { Btf } from '../btf/btf.ts'
import { BtfEditor, FIRST_KIND_WORD, infoOf } from '../btf/editor.ts'
import type { RawType } from '../btf/encoder.ts'
import { kindNumber } from '../btf/format.ts'
import { resolve, skipModifiers } from '../btf/resolve.ts'
import type { BtfDeclTag, BtfFunc, BtfFuncProto, BtfParam } from '../btf/types.ts'
import type { ProgramTypeName } from '../object/section_definitions.ts'
import type { InfoRecords, RelocatedObject, RelocatedProgram } from './relocated_object.ts'

/**
 * `__arg_ctx` on a parameter of a global function says that callers pass the program's context, whatever the parameter's
 * type. Functions can so be shared by programs of several types. The verifier takes a global function by itself and goes by
 * its BTF: from Linux 6.8 on it reads the tag (`arg:ctx`); before that, only a pointer to the struct that is the context of the
 * program's type would do, `struct __sk_buff *` for a tc program.
 *
 * For such kernels each program gets types of its own: for each tagged function a copy of its FUNC and FUNC_PROTO with that
 * pointer for the parameter, to which the program's func_info then refers. libbpf does the same
 * (`bpf_program_fixup_func_info` in src/libbpf.c).
 */
export function nameContexts(object: RelocatedObject): RelocatedObject {
  const { btf } = object
  if (btf === undefined) return object
  const renaming = { btf, editor: new BtfEditor(btf), tagged: taggedFunctions(btf) }
  const programs = object.programs.map((program) => withContext(renaming, program))
  return { ...object, btf: Btf.parse(renaming.editor.finish(), { name: btf.name }), programs }
}

/** Whether any program of the object has a function with a tagged parameter, so that it is worth asking for the tags. */
export function hasContextTags({ btf, programs }: RelocatedObject): boolean {
  if (btf === undefined) return false
  const tagged = taggedFunctions(btf)
  return (
    tagged.size > 0 &&
    programs.some(
      ({ funcInfo }) => funcInfo !== undefined && typesIn(btf, funcInfo).some((id) => tagged.has(id)),
    )
  )
}

const TAG = 'arg:ctx'

/** Arguments go in registers, r1 to r5: the verifier refuses functions with more. */
const MAX_PARAMETERS = 5

interface TaggedFunction {
  readonly func: BtfFunc
  readonly proto: BtfFuncProto
  readonly tags: readonly BtfDeclTag[]
}

/** The global functions with tagged parameters, by the ids of their FUNCs. */
function taggedFunctions(btf: Btf): ReadonlyMap<TypeId, TaggedFunction> {
  const functions = new Map<TypeId, TaggedFunction & { readonly tags: BtfDeclTag[] }>()
  for (const id of btf.idsOfKind('decl_tag')) {
    const tag = btf.type(id)
    if (tag.kind !== 'decl_tag' || tag.name !== TAG) continue
    const func = btf.type(tag.target)
    if (func.kind !== 'func' || func.linkage !== 'global') continue
    const proto = btf.type(func.proto)
    if (proto.kind !== 'func_proto' || proto.params.length > MAX_PARAMETERS) continue
    if (proto.params[tag.componentIndex] === undefined) continue
    const known = functions.get(func.id) ?? { func, proto, tags: [] }
    functions.set(func.id, known)
    if (known.tags.every(({ componentIndex }) => componentIndex !== tag.componentIndex)) known.tags.push(tag)
  }
  return functions
}

interface Renaming {
  readonly btf: Btf
  readonly editor: BtfEditor
  readonly tagged: ReadonlyMap<TypeId, TaggedFunction>
}

function withContext({ btf, editor, tagged }: Renaming, program: RelocatedProgram): RelocatedProgram {
  const { funcInfo } = program
  const { programType } = program.section.definition
  const context = contexts[programType]
  if (funcInfo === undefined || context === undefined) return program
  const bytes = funcInfo.bytes.slice()
  const view = new DataView(bytes.buffer)
  let pointer: TypeId | undefined
  const copies = new Map<TypeId, TypeId>()
  for (const [index, id] of typesIn(btf, funcInfo).entries()) {
    const fn = tagged.get(id)
    if (fn === undefined) continue
    const tags = fn.tags.filter(({ componentIndex }) =>
      isOpen(btf, fn.proto.params[componentIndex], programType, context),
    )
    if (tags.length === 0) continue
    pointer ??= addContext(editor, context)
    const copy = copies.get(id) ?? cloneFunction(editor, fn, tags, pointer)
    copies.set(id, copy)
    view.setUint32(index * funcInfo.recordSize + TYPE_ID_OFFSET, copy, btf.endianness === 'little')
  }
  return copies.size === 0 ? program : { ...program, funcInfo: { ...funcInfo, bytes } }
}

/** `type_id` in `struct bpf_func_info`, behind `insn_off`. */
const TYPE_ID_OFFSET = 4

function typesIn(btf: Btf, { bytes, recordSize, count }: InfoRecords): readonly TypeId[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const littleEndian = btf.endianness === 'little'
  return Array.from({ length: count }, (_, index) =>
    typeId(view.getUint32(index * recordSize + TYPE_ID_OFFSET, littleEndian)),
  )
}

/** A pointer to a struct of that name: the verifier looks at no more. */
function addContext(editor: BtfEditor, name: string): TypeId {
  const struct = { nameOffset: editor.string(name), info: infoOf(kindNumber('struct')), sizeOrType: 0 }
  return editor.addType({
    nameOffset: 0,
    info: infoOf(kindNumber('ptr')),
    sizeOrType: editor.addType(struct),
  })
}

/** Words of a parameter in a FUNC_PROTO: name and type. */
const PARAMETER_WORDS = 2

/**
 * Adds a copy of the function, of its prototype and of its tags, in which the tagged parameters are of type `pointer`.
 *
 * @returns The id of the new FUNC.
 */
function cloneFunction(
  editor: BtfEditor,
  { func, proto }: TaggedFunction,
  tags: readonly BtfDeclTag[],
  pointer: TypeId,
): TypeId {
  const words = Array.from({ length: proto.params.length * PARAMETER_WORDS }, (_, index) =>
    editor.word(proto.id, FIRST_KIND_WORD + index),
  )
  for (const { componentIndex } of tags) words[componentIndex * PARAMETER_WORDS + 1] = pointer
  const copy = editor.addType({
    ...headOf(editor, func.id),
    sizeOrType: editor.addType({ ...headOf(editor, proto.id), words }),
  })
  for (const { id, componentIndex } of tags) {
    editor.addType({ ...headOf(editor, id), sizeOrType: copy, words: [componentIndex] })
  }
  return copy
}

/** What all types have: name, info, size or type. */
function headOf(editor: BtfEditor, id: TypeId): Omit<RawType, 'words'> {
  return { nameOffset: editor.word(id, 0), info: editor.word(id, 1), sizeOrType: editor.word(id, 2) }
}

/** What the verifier of an older kernel takes for the context of a program type; other types have none by name. */
const contexts: Partial<Record<ProgramTypeName, string>> = {
  BPF_PROG_TYPE_CGROUP_DEVICE: 'bpf_cgroup_dev_ctx',
  BPF_PROG_TYPE_CGROUP_SKB: '__sk_buff',
  BPF_PROG_TYPE_CGROUP_SOCK: 'bpf_sock',
  BPF_PROG_TYPE_CGROUP_SOCK_ADDR: 'bpf_sock_addr',
  BPF_PROG_TYPE_CGROUP_SOCKOPT: 'bpf_sockopt',
  BPF_PROG_TYPE_CGROUP_SYSCTL: 'bpf_sysctl',
  BPF_PROG_TYPE_FLOW_DISSECTOR: '__sk_buff',
  BPF_PROG_TYPE_KPROBE: 'bpf_user_pt_regs_t',
  BPF_PROG_TYPE_LWT_IN: '__sk_buff',
  BPF_PROG_TYPE_LWT_OUT: '__sk_buff',
  BPF_PROG_TYPE_LWT_SEG6LOCAL: '__sk_buff',
  BPF_PROG_TYPE_LWT_XMIT: '__sk_buff',
  BPF_PROG_TYPE_NETFILTER: 'bpf_nf_ctx',
  BPF_PROG_TYPE_PERF_EVENT: 'bpf_perf_event_data',
  BPF_PROG_TYPE_RAW_TRACEPOINT: 'bpf_raw_tracepoint_args',
  BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE: 'bpf_raw_tracepoint_args',
  BPF_PROG_TYPE_SCHED_ACT: '__sk_buff',
  BPF_PROG_TYPE_SCHED_CLS: '__sk_buff',
  BPF_PROG_TYPE_SK_LOOKUP: 'bpf_sk_lookup',
  BPF_PROG_TYPE_SK_MSG: 'sk_msg_md',
  BPF_PROG_TYPE_SK_REUSEPORT: 'sk_reuseport_md',
  BPF_PROG_TYPE_SK_SKB: '__sk_buff',
  BPF_PROG_TYPE_SOCK_OPS: 'bpf_sock_ops',
  BPF_PROG_TYPE_SOCKET_FILTER: '__sk_buff',
  BPF_PROG_TYPE_XDP: 'xdp_md',
}

/** Registers as user space sees them, by architecture; `bpf_user_pt_regs_t` is a typedef of one of these. */
const registers: readonly string[] = ['pt_regs', 'user_pt_regs', 'user_regs_struct']

/** Program types whose context is the registers, or has them, and those whose context is an array of 64-bit words. */
const ofRegisters: ReadonlySet<ProgramTypeName> = new Set<ProgramTypeName>([
  'BPF_PROG_TYPE_KPROBE',
  'BPF_PROG_TYPE_PERF_EVENT',
])
const ofWords: ReadonlySet<ProgramTypeName> = new Set<ProgramTypeName>([
  'BPF_PROG_TYPE_RAW_TRACEPOINT',
  'BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE',
])

/**
 * Whether the parameter is a pointer that may stand for the context, and does not to an older verifier. One to anything else
 * is left to the verifier to complain about.
 */
function isOpen(
  btf: Btf,
  parameter: BtfParam | undefined,
  programType: ProgramTypeName,
  context: string,
): boolean {
  if (parameter === undefined) return false
  const pointer = resolve(btf, parameter.type)
  if (pointer.kind !== 'ptr') return false
  const named = skipModifiers(btf, pointer.target)
  if (named.kind === 'typedef' && named.name === contexts.BPF_PROG_TYPE_KPROBE) return false
  const target = resolve(btf, pointer.target)
  if (target.kind === 'void') return true
  if (ofRegisters.has(programType))
    return target.kind === 'struct' && target.name !== context && registers.includes(target.name)
  return ofWords.has(programType) && target.kind === 'int' && target.size === 8
}
