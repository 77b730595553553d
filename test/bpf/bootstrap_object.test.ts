import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { TypeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { sizeOf } from '../../src/btf/layout.ts'
import type { BtfComposite, BtfDatasec, BtfEnum, BtfType, BtfVar } from '../../src/btf/types.ts'
import type { ElfSection } from '../../src/elf/elf_file.ts'
import { sectionNamed } from '../../src/elf/lookup.ts'
import { parseElf } from '../../src/elf/parse.ts'

/** The facts below are those that user space relies on: the command, its documentation, and other loaders. */
const elf = parseElf(readFileSync(new URL('../../bpf/bootstrap.bpf.o', import.meta.url)), 'bootstrap.bpf.o')
const btf = Btf.parse(section('.BTF').data, { name: 'bootstrap.bpf.o' })

const EM_BPF = 247

function section(name: string): ElfSection {
  const found = sectionNamed(elf, name)
  if (found === undefined) throw new Error(`bootstrap.bpf.o has no section ${name}`)
  return found
}

/** The one type of this name and kind. */
function named(kind: BtfType['kind'], name: string): BtfType {
  const types = btf.idsNamed(name).map((id) => btf.type(id))
  const [type, ...others] = types.filter((candidate) => candidate.kind === kind)
  if (type === undefined || others.length > 0) throw new Error(`not exactly one ${kind} ${name}`)
  return type
}

/** Follows pointers, which is how map definitions spell their types and numbers. */
function pointee(id: TypeId): BtfType {
  const type = btf.type(id)
  return type.kind === 'ptr' ? btf.type(type.target) : type
}

/** The value of `__uint(name, value)` in a map definition: the length of an array that is never there. */
function uintOf(map: BtfComposite, name: string): number {
  const type = pointee(map.members.find((member) => member.name === name)!.type)
  if (type.kind !== 'array') throw new Error(`${name} is no __uint`)
  return type.length
}

function mapDefinition(name: string): BtfComposite {
  return btf.type((named('var', name) as BtfVar).type) as BtfComposite
}

function variablesOf(sectionName: string): string[] {
  const datasec = named('datasec', sectionName) as BtfDatasec
  return datasec.variables.map(({ type }) => btf.nameOf(type))
}

describe('bpf/bootstrap.bpf.o', () => {
  it('is a BPF object of this license', () => {
    expect(elf.machine).toBe(EM_BPF)
    expect(Buffer.from(section('license').data).toString()).toBe('Dual MIT/GPL\0')
  })

  it('has one program per tracepoint, the exit first', () => {
    const programs = elf.symbols.flatMap(({ name, definedIn }) =>
      name.startsWith('handle_') && definedIn.kind === 'section'
        ? [[elf.sections[definedIn.section]!.name, name, definedIn.section] as const]
        : [],
    )
    const inFileOrder = programs
      .toSorted((a, b) => a[2] - b[2])
      .map(([sectionName, name]) => [sectionName, name])
    expect(inFileOrder).toEqual([
      ['tp/sched/sched_process_exit', 'handle_exit'],
      ['tp/sched/sched_process_exec', 'handle_exec'],
    ])
  })

  it('remembers the start of 8192 processes in a hash from pid to nanoseconds', () => {
    const map = mapDefinition('exec_start')
    const types = map.members.filter(({ name }) => name === 'key' || name === 'value')
    expect(uintOf(map, 'type')).toBe(1)
    expect(uintOf(map, 'max_entries')).toBe(8192)
    expect(types.map(({ type }) => btf.nameOf(pointee(type).id))).toEqual(['int', 'unsigned long long'])
  })

  it('has a ring buffer of 256 KiB that names no value type, which old loaders would refuse', () => {
    const map = mapDefinition('rb')
    expect(map.members.map(({ name }) => name)).toEqual(['type', 'max_entries'])
    expect(uintOf(map, 'type')).toBe(27)
    expect(uintOf(map, 'max_entries')).toBe(256 * 1024)
  })

  it('lets user space set the filter before it loads, and read the lost records after', () => {
    expect(variablesOf('.rodata')).toEqual(['min_duration_ns'])
    expect([...section('.rodata').data]).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
    expect(variablesOf('.bss')).toContain('lost_records')
  })

  it('describes its records by a struct without padding', () => {
    const event = named('struct', 'event') as BtfComposite
    let end = 0
    for (const member of event.members) {
      expect(member.bitOffset, member.name).toBe(end * 8)
      end += sizeOf(btf, member.type)
    }
    expect(end).toBe(event.size)
    expect(event.members.map(({ name }) => name)).toEqual([
      'duration_ns',
      'kind',
      'pid',
      'ppid',
      'exit_code',
      'signal',
      'has_duration',
      'comm',
      'filename',
    ])
  })

  it('names the kinds of events as users see them', () => {
    expect((named('enum', 'event_kind') as BtfEnum).enumerators).toEqual([
      { name: 'EXEC', value: 0n },
      { name: 'EXIT', value: 1n },
    ])
  })

  it('carries its source lines, and no path of the machine that built it', () => {
    const strings = Buffer.from(btf.bytes).toString('latin1').split('\0')
    expect(strings).toContain('./bpf/bootstrap.bpf.c')
    expect(strings).toContain('int handle_exec(struct trace_event_raw_sched_process_exec *ctx)')
    expect(strings.filter((text) => /^\/\w+\//.test(text))).toEqual([])
  })

  it('has no DWARF', () => {
    expect(elf.sections.map(({ name }) => name).filter((name) => name.includes('debug'))).toEqual([])
  })
})
