/**
 * The C source of the benchmark of CO-RE relocations: 1,000 relocations over 50 types of the kernel, 20 over each. Which
 * types is fixed; which fields follows from the kernel's BTF, so that every kernel that has the types will do, and one
 * kernel always gives the same source.
 */
import type { TypeId } from '../src/base/units.ts'
import type { Btf } from '../src/btf/btf.ts'
import { resolve } from '../src/btf/resolve.ts'
import type { BtfComposite, BtfEnum, BtfMember } from '../src/btf/types.ts'

/** Known to the program by the kernel's whole definition, as in vmlinux.h. */
const WHOLE_STRUCTS = [
  ...['task_struct', 'mm_struct', 'vm_area_struct', 'signal_struct', 'css_set', 'cgroup', 'rq', 'cfs_rq'],
  ...['sched_entity', 'sk_buff', 'sock', 'tcp_sock', 'inet_sock', 'inet_connection_sock', 'request_sock'],
  ...['net', 'net_device', 'napi_struct', 'neighbour', 'dst_entry', 'Qdisc', 'page', 'folio'],
  ...['address_space', 'file', 'inode', 'dentry', 'mem_cgroup', 'linux_binprm', 'request', 'request_queue'],
  ...['bio', 'zone', 'perf_event', 'bpf_prog_aux', 'bpf_map', 'module', 'device'],
]

/** Known to the program by a flavour with some of their members, in another order. */
const FLAVOURED_STRUCTS = ['super_block', 'netns_ipv4', 'gendisk', 'kmem_cache', 'irq_desc', 'pt_regs']

const ENUMS = [
  'bpf_map_type',
  'bpf_prog_type',
  'bpf_attach_type',
  'node_stat_item',
  'vm_event_item',
  'bpf_func_id',
]

/** The types whose definitions the source begins with. */
export const WHOLE_TYPES: readonly string[] = [...WHOLE_STRUCTS, ...ENUMS]

const RELOCATIONS_PER_TYPE = 20
const TYPES_PER_PROGRAM = 5

/** What the object is to have; its `.BTF.ext` is held against it. */
export const CORE_TYPES: number = WHOLE_TYPES.length + FLAVOURED_STRUCTS.length
export const CORE_RELOCATIONS: number = RELOCATIONS_PER_TYPE * CORE_TYPES

/** One C statement, and how many relocations clang makes of it. */
interface Statement {
  readonly text: string
  readonly relocations: number
}

/** What a program reads of a type. `p` points to it. */
interface Field {
  /** After `p->`: `se.avg.load_avg`, `comm[3]`. */
  readonly path: string
  /** Members and array elements on the way. */
  readonly depth: number
  readonly bitfield: boolean
}

/**
 * @param btf The running kernel's.
 * @param definitions WHOLE_TYPES in C, with all that they contain.
 * @throws Error naming a type that this kernel does not have, or that has too few fields.
 */
export function coreSource(btf: Btf, definitions: string): string {
  const uses = [
    ...WHOLE_STRUCTS.map((name) => useOfWhole(btf, compositeNamed(btf, name))),
    ...FLAVOURED_STRUCTS.map((name) => useOfFlavour(btf, compositeNamed(btf, name))),
    ...ENUMS.map((name) => useOfEnum(enumNamed(btf, name))),
  ]
  const programs: string[] = []
  for (let first = 0; first < uses.length; first += TYPES_PER_PROGRAM) {
    const bodies = uses.slice(first, first + TYPES_PER_PROGRAM).map(({ body }) => body)
    programs.push(program(`core_${programs.length}`, bodies))
  }
  return [HEAD, definitions, ...uses.map(({ declaration }) => declaration), TAIL, ...programs].join('\n')
}

/** The typedefs are those that bpf_helpers.h needs and the definitions may lack; saying them twice is allowed. */
const HEAD = `typedef unsigned char __u8;
typedef unsigned short __u16, __be16;
typedef unsigned int __u32, __be32, __wsum;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)`

const TAIL = `#pragma clang attribute pop
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#define READ(field) \\
	({ \\
		unsigned char value = 0; \\
		bpf_probe_read_kernel(&value, sizeof(value), (const void *)__builtin_preserve_access_index(&(field))); \\
		sum += value; \\
	})
char LICENSE[] SEC("license") = "GPL";
`

function program(name: string, bodies: readonly string[]): string {
  return `SEC("raw_tp/sys_enter") int ${name}(unsigned long long *args)\n{\n\tunsigned long long sum = 0;\n${bodies.join('')}\treturn sum;\n}\n`
}

/** A declaration in front of the programs, and the statements of one of them. */
interface Use {
  readonly declaration: string
  readonly body: string
}

function block(name: string, statements: readonly Statement[]): string {
  const count = statements.reduce((sum, { relocations }) => sum + relocations, 0)
  if (count !== RELOCATIONS_PER_TYPE)
    throw new Error(`${name} gives ${count} relocations; ${RELOCATIONS_PER_TYPE} are wanted`)
  return `\t{\n${statements.map(({ text }) => `\t\t${text}\n`).join('')}\t}\n`
}

function useOfWhole(btf: Btf, type: BtfComposite): Use {
  const name = `${type.kind} ${type.name}`
  return { declaration: '', body: block(name, statementsOf(name, fieldsOf(btf, type))) }
}

function useOfFlavour(btf: Btf, type: BtfComposite): Use {
  const name = `${type.kind} ${type.name}___bench`
  const members = plainMembers(btf, type)
  const fields = members.map((member) => ({ path: member.name, depth: 1, bitfield: false }))
  return { declaration: flavour(btf, name, members), body: block(name, statementsOf(name, fields)) }
}

/** One of each question about the type, six about a bitfield where there is one, existence and size, and reads. */
function statementsOf(name: string, fields: readonly Field[]): readonly Statement[] {
  const statements: Statement[] = [
    { text: `${name} *p = (void *)args[0];`, relocations: 0 },
    { text: `sum += bpf_core_type_exists(${name});`, relocations: 1 },
    { text: `sum += bpf_core_type_size(${name});`, relocations: 1 },
    { text: `sum += bpf_core_type_id_kernel(${name});`, relocations: 1 },
  ]
  const bitfield = fields.find((field) => field.bitfield)
  if (bitfield !== undefined)
    statements.push({ text: `sum += BPF_CORE_READ_BITFIELD_PROBED(p, ${bitfield.path});`, relocations: 6 })
  const left = RELOCATIONS_PER_TYPE - statements.reduce((sum, { relocations }) => sum + relocations, 0)
  const whole = fields.filter((field) => !field.bitfield)
  spread(whole, left, name).forEach(({ path }, index) => {
    statements.push({ text: question(path, index), relocations: 1 })
  })
  return statements
}

function question(path: string, index: number): string {
  if (index % 6 === 2) return `sum += bpf_core_field_exists(p->${path});`
  if (index % 6 === 5) return `sum += bpf_core_field_size(p->${path});`
  return `READ(p->${path});`
}

/** `count` of the items, as far from each other as they can be: clang makes one relocation of two that are the same. */
function spread<Item>(items: readonly Item[], count: number, name: string): readonly Item[] {
  if (items.length < count)
    throw new Error(`${name} has ${items.length} things to ask for; ${count} are wanted`)
  return items.filter(
    (_, index) =>
      Math.floor((index * count) / items.length) !== Math.floor(((index - 1) * count) / items.length),
  )
}

function useOfEnum(type: BtfEnum): Use {
  const statements = spread(type.enumerators, RELOCATIONS_PER_TYPE, type.name).map(({ name }, index) => {
    const exists = index % 4 === 3 ? '_exists' : ''
    return { text: `sum += bpf_core_enum_value${exists}(enum ${type.name}, ${name});`, relocations: 1 }
  })
  return { declaration: '', body: block(type.name, statements) }
}

const MAX_DEPTH = 4

/** Every field down to four levels of structs, unions and arrays, in the order of the definition. */
function fieldsOf(btf: Btf, root: BtfComposite): readonly Field[] {
  const found: Field[] = []
  const visit = (composite: BtfComposite, prefix: string, depth: number): void => {
    for (const member of composite.members) {
      if (member.name === '') descend(member.type, prefix, depth)
      else if (isCWord(member.name)) {
        const path = `${prefix}${member.name}`
        found.push({ path, depth, bitfield: member.bitfieldSize > 0 })
        descend(member.type, `${path}.`, depth + 1)
      }
    }
  }
  const descend = (id: TypeId, prefix: string, depth: number): void => {
    if (depth > MAX_DEPTH) return
    const type = resolve(btf, id)
    if (type.kind === 'struct' || type.kind === 'union') visit(type, prefix, depth)
    if (type.kind !== 'array' || type.length < 2) return
    const path = `${prefix.slice(0, -1)}[${type.length - 1}]`
    found.push({ path, depth, bitfield: false })
    descend(type.element, `${path}.`, depth + 1)
  }
  visit(root, '', 1)
  // Half of what a program reads are members of the struct itself.
  const own = found.filter(({ depth }) => depth === 1)
  const deeper = found.filter(({ depth, bitfield }) => depth > 1 && !bitfield)
  return [...own, ...spread(deeper, Math.min(deeper.length, own.length), root.name)]
}

/** Members of which a flavour can repeat the declaration without any other type. */
function plainMembers(btf: Btf, type: BtfComposite): readonly BtfMember[] {
  return type.members.filter(({ name, type: id, bitfieldSize }) => {
    const { kind } = resolve(btf, id)
    return isCWord(name) && bitfieldSize === 0 && (kind === 'int' || kind === 'ptr')
  })
}

/** The members in reverse, so that nearly every offset is another one than the kernel's. */
function flavour(btf: Btf, name: string, members: readonly BtfMember[]): string {
  const lines = members.toReversed().map((member) => {
    return `\t${resolve(btf, member.type).kind === 'ptr' ? 'void *' : 'unsigned long '}${member.name};`
  })
  return `${name} {\n${lines.join('\n')}\n};`
}

/** BTF of Rust types has names that are no C. */
function isCWord(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name)
}

function compositeNamed(btf: Btf, name: string): BtfComposite {
  const type = btf.find(name, 'struct') ?? btf.find(name, 'union')
  if (type === undefined) throw new Error(`this kernel has no struct ${name}`)
  return type
}

function enumNamed(btf: Btf, name: string): BtfEnum {
  const type = btf.find(name, 'enum') ?? btf.find(name, 'enum64')
  if (type === undefined) throw new Error(`this kernel has no enum ${name}`)
  return type
}
