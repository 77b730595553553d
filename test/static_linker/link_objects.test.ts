import { describe, expect, it } from 'vitest'
import { SHT_NOBITS, STB_LOCAL } from '../../src/elf/constants.ts'
import { parseElf } from '../../src/elf/parse.ts'
import { call, exit, loadImm64, movImm } from '../../src/insn/assemble.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { linkObjects } from '../../src/static_linker/link_objects.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeElf } from '../elf/elf_writer.ts'
import { type ObjectDescription, writeObject } from '../object/object_writer.ts'
import { link, linkBytes, linkerErrorOf, sectionOf, typesOf } from './link.ts'

const first: ObjectDescription = {
  programs: [
    {
      name: 'first',
      insns: [loadImm64(1, 0n), call(1), exit()],
      relocations: [{ insn: 0, symbol: 'counts' }],
    },
  ],
  maps: [{ name: 'counts', uints: { type: 2, max_entries: 1 }, types: { key: 'u32', value: 'u64' } }],
  data: { '.data': [{ name: 'own', type: 'u32', bytes: [1, 0, 0, 0] }] },
}
const second: ObjectDescription = {
  programs: [{ name: 'second', insns: [movImm(0, 2), exit()] }],
  data: {
    '.data': [{ name: 'other', type: 'u32', bytes: [2, 0, 0, 0] }],
    '.bss': [{ name: 'zero', type: 'u64' }],
  },
}

describe('linkObjects', () => {
  it('makes an object that can be read: programs, maps and variables of both', () => {
    const spec = parseObject(linkBytes(first, second), 'linked.o')
    expect([...spec.programs.keys()]).toEqual(['first', 'second'])
    expect([...spec.maps.keys()]).toEqual(['counts', '.data', '.bss'])
    expect(spec.globals['own']).toBe(1)
    expect(spec.globals['other']).toBe(2)
    expect(spec.license).toBe('GPL')
  })

  it('has a type that both objects have once', () => {
    const ints = typesOf(link(first, second), 'int').map(({ name }) => name)
    expect(ints).toEqual([...new Set(ints)])
  })

  it('gives the same bytes for the same objects, and for its own result', () => {
    const once = linkBytes(first, second)
    expect(Buffer.compare(linkBytes(first, second), once)).toBe(0)
    expect(Buffer.compare(linkBytes(once), once)).toBe(0)
  })

  it('leaves its inputs as they are', () => {
    const inputs = [writeObject(first), writeObject(second)]
    const copies = inputs.map((bytes) => bytes.slice())
    linkBytes(...inputs)
    expect(inputs).toEqual(copies)
  })

  it('links an object that is in a Buffer, with its offset', () => {
    const bytes = Buffer.from(writeObject(first))
    const moved = Buffer.concat([Buffer.alloc(3), bytes]).subarray(3)
    expect(Buffer.compare(linkBytes(moved), linkBytes(writeObject(first)))).toBe(0)
  })

  it('drops DWARF, its relocations, and an empty .text', () => {
    const bytes = writeElf({
      sections: [
        { name: '.text' },
        { name: 'socket', data: new Uint8Array(8), flags: 6n },
        { name: '.debug_info', data: new Uint8Array(16) },
        { name: '.llvm_addrsig', type: 0x6fff4c03, data: new Uint8Array(1) },
      ],
      symbols: [{ name: '.debug_info', section: '.debug_info', type: 3, binding: STB_LOCAL }],
      relocations: [{ target: '.debug_info', entries: [{ offset: 0, symbol: '.debug_info', type: 3 }] }],
    })
    const elf = link(bytes)
    expect(elf.sections.map(({ name }) => name)).toEqual(['', '.strtab', '.symtab', 'socket'])
    expect(elf.symbols).toHaveLength(1)
  })

  it('links objects without types', () => {
    const plain = (object: ObjectDescription): ObjectDescription => ({ ...object, debugInfo: 'absent' })
    const data = { '.data': [{ name: 'own', type: 'u32' }] }
    const elf = link(plain({ data }), plain(second))
    expect(elf.sections.map(({ name }) => name)).not.toContain('.BTF')
    expect(sectionOf(elf, '.bss').type).toBe(SHT_NOBITS)
  })

  it('links big-endian objects to a big-endian one', () => {
    const elf = link({ ...first, endianness: 'big' }, { ...second, endianness: 'big' })
    expect(elf.endianness).toBe('big')
    expect(typesOf(elf, 'int').map(({ name }) => name)).toContain('unsigned int')
    expect(parseObject(linkBytes({ ...first, endianness: 'big' }), 'big.o').btf?.endianness).toBe('big')
  })

  it('refuses objects of other byte orders, naming both', () => {
    const error = linkerErrorOf('LINK_ENDIANNESS', first, { ...second, endianness: 'big' })
    expect(error).toMatchObject({ object: 'b.o', otherObject: 'a.o' })
    expect(error.message).toContain(
      'b.o: cannot link it with a.o: it is big-endian, and a.o is little-endian',
    )
  })

  it('refuses to link nothing', () => {
    linkerErrorOf('LINK_NO_INPUT')
  })

  it('refuses what is no BPF object, or no object at all', () => {
    linkerErrorOf('LINK_NOT_BPF', writeElf({ machine: 62 }))
    linkerErrorOf('LINK_NOT_BPF', writeElf({ type: 2 }))
    linkerErrorOf('LINK_NOT_BPF', writeElf({ class: 32 }))
    bpfErrorOf('ELF_NOT_ELF', () => linkBytes(new Uint8Array(100)))
    bpfErrorOf('ELF_TRUNCATED', () => linkBytes(writeObject(first).subarray(0, 200)))
  })

  it('refuses a file without section headers', () => {
    const bytes = writeElf({ header: { shoff: 0n, shnum: 0, shstrndx: 0 } })
    expect(linkerErrorOf('LINK_NOT_BPF', bytes).message).toContain('no section headers')
  })

  it('names the file that cannot be read', () => {
    const error = bpfErrorOf('ELF_NOT_ELF', () =>
      linkObjects([
        { name: 'good.o', bytes: writeObject(first) },
        { name: 'bad.o', bytes: new Uint8Array() },
      ]),
    )
    expect(error.object).toBe('bad.o')
  })

  it('has its result parsed without any section lying', () => {
    const elf = parseElf(linkBytes(first, second), 'linked.o')
    const locals = elf.symbols.filter(({ binding }) => binding === STB_LOCAL).length
    expect(sectionOf(elf, '.symtab').info).toBe(locals)
    expect(elf.symbols.findIndex(({ binding }) => binding !== STB_LOCAL)).toBe(locals)
  })
})
