import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SHT_NOBITS, STB_GLOBAL, STT_FUNC } from '../../src/elf/constants.ts'
import { ObjectError } from '../../src/object/object_error.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import type { ObjectStep } from '../../src/object/steps.ts'
import { emptyInsns } from '../elf/elf_writer.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { type ObjectDescription, writeObject } from './object_writer.ts'

const bootstrap = readFileSync(new URL('../../bpf/bootstrap.bpf.o', import.meta.url))

function refusal(code: string, description: ObjectDescription): ReturnType<typeof bpfErrorOf> {
  return bpfErrorOf(code, () => parseObject(writeObject(description), 'dir/test.bpf.o'))
}

describe('parseObject of bootstrap.bpf.o', () => {
  const spec = parseObject(bootstrap, 'bpf/bootstrap.bpf.o')

  it('finds the programs, each with its tracepoint', () => {
    const programs = [...spec.programs.values()].map(({ name, sectionName, autoload }) => [
      name,
      sectionName,
      autoload,
    ])
    expect(programs).toEqual([
      ['handle_exit', 'tp/sched/sched_process_exit', true],
      ['handle_exec', 'tp/sched/sched_process_exec', true],
    ])
  })

  it('finds the maps, those of data sections last', () => {
    const sizes = [...spec.maps.values()].map(({ name, type, keySize, valueSize, maxEntries }) => [
      name,
      type,
      keySize,
      valueSize,
      maxEntries,
    ])
    expect(sizes).toContainEqual(['exec_start', 1, 4, 8, 8192])
    expect(sizes).toContainEqual(['rb', 27, 0, 0, 256 * 1024])
    expect(sizes).toContainEqual(['.rodata', 2, 4, 8, 1])
    expect([...spec.maps.keys()].slice(0, 2).sort()).toEqual(['exec_start', 'rb'])
  })

  it('finds the global variables with their initial values', () => {
    expect(spec.globals['min_duration_ns']).toBe(0n)
    expect(spec.globals['lost_records']).toBe(0n)
    const places = spec.variables.map(({ name, sectionName }) => `${sectionName} ${name}`)
    expect(places).toContain('.rodata min_duration_ns')
    expect(places).toContain('.bss lost_records')
  })

  it('has a name, a license and types', () => {
    expect([spec.name, spec.license]).toEqual(['bootstrap', 'Dual MIT/GPL'])
    expect(spec.btf?.find('event', 'struct')).toBeDefined()
    expect(spec.btfExt?.coreRelos).toHaveLength(2)
  })
})

describe('parseObject', () => {
  it.each([
    ['bpf/bootstrap.bpf.o', 'bootstrap'],
    ['a.o', 'a'],
    ['a.bpf', 'a'],
    ['/x.y/z', 'z'],
  ])('names the object of file %s %s', (file, name) => {
    expect(parseObject(writeObject(), file).name).toBe(name)
  })

  it('reads an object of either byte order alike', () => {
    const description: ObjectDescription = {
      maps: [{ name: 'counts', uints: { type: 2, max_entries: 3 }, types: { key: 'u32', value: 'u64' } }],
    }
    const summaries = (['little', 'big'] as const).map((endianness) => {
      const spec = parseObject(writeObject({ ...description, endianness }), 'test.bpf.o')
      const { keySize, valueSize, maxEntries } = spec.maps.get('counts')!
      return {
        byteOrder: spec.elf.endianness,
        keySize,
        valueSize,
        maxEntries,
        programs: [...spec.programs.keys()],
      }
    })
    expect(summaries[0]).toEqual({
      byteOrder: 'little',
      keySize: 4,
      valueSize: 8,
      maxEntries: 3,
      programs: ['program'],
    })
    expect(summaries[1]).toEqual({ ...summaries[0], byteOrder: 'big' })
  })

  it('reads an object without debug information: programs, no types, no variables', () => {
    const spec = parseObject(writeObject({ debugInfo: 'absent' }), 'test.bpf.o')
    expect([...spec.programs.keys()]).toEqual(['program'])
    expect([spec.btf, spec.btfExt]).toEqual([undefined, undefined])
    expect(Object.keys(spec.globals)).toEqual([])
  })

  it('fills the places of variables in, which clang leaves to the loader', () => {
    const data = {
      '.data': [
        { name: 'a', type: 'u64' },
        { name: 'b', type: 'u64' },
      ],
    }
    const spec = parseObject(writeObject({ data }), 'test.bpf.o')
    expect(spec.variables.map(({ name, offset }) => [name, offset])).toEqual([
      ['a', 0],
      ['b', 8],
    ])
    expect(spec.btf?.find('.data', 'datasec')).toMatchObject({ size: 16 })
  })

  it('gives an object without a license the empty one', () => {
    expect(parseObject(writeObject({ license: 'none' }), 'test.bpf.o').license).toBe('')
    expect(parseObject(writeObject({ license: '' }), 'test.bpf.o').license).toBe('')
  })

  it('cuts the license at its first NUL', () => {
    const license = new TextEncoder().encode('GPL\0\0junk')
    expect(parseObject(writeObject({ license }), 'test.bpf.o').license).toBe('GPL')
  })

  it('takes a license without an end, and none for bytes that are not in the file', () => {
    const license = new TextEncoder().encode('GPL')
    expect(parseObject(writeObject({ license }), 'test.bpf.o').license).toBe('GPL')
    const description: ObjectDescription = {
      license: 'none',
      extraSections: [{ name: 'license', type: SHT_NOBITS, size: 4 }],
    }
    expect(parseObject(writeObject(description), 'test.bpf.o').license).toBe('')
  })

  it.each([
    ['another machine', { machine: 62 }, 'e_machine 62'],
    ['an executable file', { type: 2 }, 'e_type 2'],
  ])('refuses %s, and says how to build an object', (_, elf, found) => {
    const error = refusal('OBJECT_NOT_BPF', { elf })
    expect(error).toBeInstanceOf(ObjectError)
    expect(error.message).toContain(found)
    expect(error.message).toContain('clang -target bpf -c')
  })

  it('keeps two data sections of one name as one map that cannot be made, without their variables', () => {
    const data = { '.data': [{ name: 'a', type: 'u64' }], '.bss': [{ name: 'b', type: 'u64' }] }
    const bytes = writeObject({ data, extraSections: [{ name: '.data', data: emptyInsns(1) }] })
    const spec = parseObject(bytes, 'test.bpf.o')
    expect([...spec.maps.keys()]).toEqual(['.data', '.bss'])
    expect(spec.maps.get('.data')?.problem).toBe('the object has another map of that name; rename one')
    expect(Object.keys(spec.globals)).toEqual(['b'])
  })

  it('does not let symbols of one section be mistaken for those of another', () => {
    const extraSymbols = [
      { name: 'elsewhere', section: 'license', size: 4n, type: STT_FUNC, binding: STB_GLOBAL },
    ]
    expect([...parseObject(writeObject({ extraSymbols }), 'test.bpf.o').programs.keys()]).toEqual(['program'])
  })

  it('reports each section, program and map', () => {
    const steps: ObjectStep[] = []
    parseObject(writeObject({ maps: [{ name: 'counts', uints: { type: 2 } }] }), 'test.bpf.o', (step) =>
      steps.push(step),
    )
    const found = steps.flatMap((step) =>
      step.kind === 'program-found' ? [step.program.name] : step.kind === 'map-found' ? [step.map.name] : [],
    )
    expect(found).toEqual(['program', 'counts'])
    expect(steps.filter(({ kind }) => kind === 'section-read').length).toBeGreaterThan(3)
  })
})
