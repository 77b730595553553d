import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Clang } from '../../scripts/oracle-tools.ts'
import { typeId, type TypeId } from '../../src/base/units.ts'
import type { Btf } from '../../src/btf/btf.ts'
import { BtfError } from '../../src/btf/btf_error.ts'
import type { BtfComposite, BtfEnum, BtfType } from '../../src/btf/types.ts'
import { parseBtfFile } from '../../src/object/btf_file.ts'

/** The layouts of the types of each name: those that share one have several. `struct foo` and typedef `foo` are two names. */
export type Layouts = ReadonlyMap<string, ReadonlySet<string>>

/**
 * Has clang compile a header, with a variable of each type that it defines, and reads what clang says of them.
 *
 * @throws Error where clang refuses the header, or warns.
 */
export function compiledLayouts(
  header: string,
  path: string,
  clang: Clang,
  options: readonly string[],
): Layouts {
  writeFileSync(path, header)
  const source = path.replace(/\.h$/, '.bpf.c')
  const object = path.replace(/\.h$/, '.bpf.o')
  const variables = definedTypes(header).map((name, index) => `${name} v${index};\n`)
  writeFileSync(source, `#include "${path}"\n${variables.join('')}`)
  const { file, args } = clang.command
  const flags = ['-target', 'bpf', '-g', '-O0', '-Wall', '-Wextra', '-Werror', ...options]
  execFileSync(file, [...args, ...flags, '-c', source, '-o', object], { stdio: ['ignore', 'pipe', 'pipe'] })
  return layoutsOf(parseBtfFile(readFileSync(object), { name: object }))
}

/**
 * Has clang read a header.
 *
 * @throws Error where clang refuses it, or warns.
 */
export function checkHeader(header: string, path: string, clang: Clang): void {
  writeFileSync(path, header)
  const { file, args } = clang.command
  const flags = ['-target', 'bpf', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', '-x', 'c']
  execFileSync(file, [...args, ...flags, path], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** `struct a`, `enum b`, and the typedefs that are the only name of a struct, a union or an enum. */
function definedTypes(header: string): readonly string[] {
  const tags = [...header.matchAll(/^((?:struct|union|enum) \w+) \{/gm)]
  const empty = [...header.matchAll(/^typedef (?:struct|union) \{\} (\w+);$/gm)]
  const typedefs = [...header.matchAll(/^\} (?:__attribute__\(\(\w+(?:\(\w+\))?\)\) )?(\w+);$/gm)]
  return [...tags, ...empty, ...typedefs].map(([, name = '']) => name)
}

/** Of all structs, unions and enums that have a name, or a typedef for one. */
export function layoutsOf(btf: Btf): Layouts {
  const layouts = new Map<string, Set<string>>()
  for (let id = 1; id < btf.firstId + btf.typeCount; id++) {
    const type = typeAt(btf, typeId(id))
    const name = type === undefined ? undefined : nameOf(btf, type)
    if (type === undefined || name === undefined) continue
    const known = layouts.get(name) ?? new Set()
    layouts.set(name, known.add(layoutOf(btf, type.id, 'outside')))
  }
  return layouts
}

/** What clang writes of an enum that is only declared is no enum: it has no bytes. */
function typeAt(btf: Btf, id: TypeId): BtfType | undefined {
  try {
    return btf.type(id)
  } catch (error) {
    if (error instanceof BtfError) return undefined
    throw error
  }
}

/** `name___2` is `name`: which one comes first is another matter. */
function nameOf(btf: Btf, type: BtfType): string | undefined {
  const name = type.name.replace(/___\d+$/, '')
  const { kind } = type
  if (name === '') return undefined
  if (kind === 'struct' || kind === 'union') return `${kind} ${name}`
  if (kind === 'enum' || kind === 'enum64') return type.enumerators.length > 0 ? `enum ${name}` : undefined
  if (kind !== 'typedef') return undefined
  const target = typeAt(btf, type.target)
  const isOnlyName = target?.name === '' && ('members' in target || 'enumerators' in target)
  return isOnlyName ? name : undefined
}

/** Sizes, offsets, widths and values, through everything that is inside of it; of what has a name of its own, the size. */
function layoutOf(btf: Btf, id: TypeId, where: 'outside' | 'in a member'): string {
  const type = typeAt(btf, id)
  if (type === undefined) return '-'
  if (type.kind === 'array') return `[${type.length}]${layoutOf(btf, type.element, 'in a member')}`
  if (type.kind === 'ptr') return '8'
  if ('target' in type) return layoutOf(btf, type.target, where)
  if ('enumerators' in type) return isNamedMember(type, where) ? `${type.size}` : enumLayout(type)
  if ('members' in type) return isNamedMember(type, where) ? `${type.size}` : compositeLayout(btf, type)
  return type.kind === 'int' || type.kind === 'float' ? `${type.size}` : '-'
}

function isNamedMember({ name }: BtfType, where: 'outside' | 'in a member'): boolean {
  return where === 'in a member' && name !== ''
}

function compositeLayout(btf: Btf, { kind, size, members }: BtfComposite): string {
  const parts = members.flatMap(({ name, type, bitOffset, bitfieldSize }) => {
    // What has no name is part of what it is in, whether or not its type has one; without members it is padding.
    const layout = layoutOf(btf, type, name === '' ? 'outside' : 'in a member')
    return name === '' && layout.endsWith(' {}') ? [] : [`${name}@${bitOffset}:${bitfieldSize}=${layout}`]
  })
  return `${kind} ${size} {${parts.join(', ')}}`
}

function enumLayout({ size, enumerators }: BtfEnum): string {
  // Before Linux 6.0 BTF did not say which enums have signs.
  const values = enumerators.map(
    ({ name, value }) => `${name.replace(/___\d+$/, '')}=${BigInt.asUintN(size > 4 ? 64 : 32, value)}`,
  )
  return `${size} {${values.join(', ')}}`
}

/** What `wanted` has and `found` has not, by name. */
export function missingLayouts(wanted: Layouts, found: Layouts): readonly string[] {
  return [...wanted].flatMap(([name, layouts]) => {
    const known = found.get(name) ?? new Set()
    const missing = [...layouts].filter((layout) => !known.has(layout))
    return missing.map((layout) => `${name}: ${layout} is ${[...known].join(' or ') || 'not there'}`)
  })
}
