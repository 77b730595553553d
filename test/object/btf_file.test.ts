import { describe, expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import type { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { SHT_NOBITS } from '../../src/elf/constants.ts'
import { parseBtfFile } from '../../src/object/btf_file.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { at } from '../core/members.ts'
import { type ElfDescription, writeElf } from '../elf/elf_writer.ts'

const EM_X86_64 = 62
const ET_EXEC = 2

type Endianness = 'little' | 'big'

function kernelBuilder(): BtfBuilder {
  const builder = new BtfBuilder()
  const int = builder.addInt('int', 4, { encoding: 'signed' })
  builder.addStruct('task_struct', 64, [at(8, 'pid', int)])
  return builder
}

const kernelBytes = (endianness: Endianness = 'little'): Uint8Array => kernelBuilder().finish({ endianness })
const kernel = (): Btf => parseBtfFile(kernelBytes(), { name: 'vmlinux' })

/** A module's types, whose struct has an int of `base`'s. */
function moduleOn(base: Btf): Uint8Array {
  const builder = new BtfBuilder({ base })
  builder.addStruct('conn', 8, [at(4, 'mark', typeId(1))])
  return builder.finish({ endianness: base.endianness })
}

function elfWith(sections: Readonly<Record<string, Uint8Array>>, more: ElfDescription = {}): Uint8Array {
  const described = Object.entries(sections).map(([name, data]) => ({ name, data }))
  return writeElf({ type: ET_EXEC, machine: EM_X86_64, sections: described, ...more })
}

const pidOf = (btf: Btf): unknown => btf.find('task_struct', 'struct')?.members[0]

describe('parseBtfFile', () => {
  for (const endianness of ['little', 'big'] as const) {
    it(`reads raw BTF and ELF of both classes, ${endianness}-endian`, () => {
      const raw = kernelBytes(endianness)
      const files = [
        raw,
        elfWith({ '.text': new Uint8Array(8), '.BTF': raw }, { endianness }),
        elfWith({ '.BTF': raw }, { endianness, class: 32 }),
      ]
      for (const file of files) {
        const btf = parseBtfFile(file, { name: 'vmlinux' })
        expect([btf.name, btf.endianness, btf.typeCount]).toEqual(['vmlinux', endianness, 2])
        expect(pidOf(btf)).toMatchObject({ name: 'pid', bitOffset: 64 })
      }
    })
  }

  it("reads a module's types on top of its kernel's, raw and from ELF", () => {
    const base = kernel()
    for (const file of [moduleOn(base), elfWith({ '.BTF': moduleOn(base) })]) {
      const btf = parseBtfFile(file, { name: 'nf.ko', base })
      expect(btf.find('conn', 'struct')?.id).toBe(3)
      expect(btf.find('task_struct', 'struct')?.id).toBe(2)
    }
  })

  const distilledModule = (): Uint8Array => {
    const builder = new BtfBuilder()
    builder.addInt('int', 4, { encoding: 'signed' })
    const bytes = builder.finish({ endianness: 'little' })
    const base = parseBtfFile(bytes, { name: 'base' })
    return elfWith({ '.BTF': moduleOn(base), '.BTF.base': bytes })
  }

  it('puts a module with a distilled base on the kernel that is given, and else leaves it there', () => {
    const base = kernel()
    const onKernel = parseBtfFile(distilledModule(), { name: 'nf.ko', base })
    expect([onKernel.base, onKernel.find('conn', 'struct')?.id]).toEqual([base, 3])
    const alone = parseBtfFile(distilledModule(), { name: 'nf.ko' })
    expect([alone.base?.name, alone.find('conn', 'struct')?.id]).toEqual(['nf.ko (.BTF.base)', 2])
    expect(alone.base?.typeCount).toBe(1)
  })

  it('refuses a distilled base that another kernel cannot stand for', () => {
    const builder = new BtfBuilder()
    builder.addInt('int', 2, { encoding: 'signed' })
    const base = parseBtfFile(builder.finish({ endianness: 'little' }), { name: 'small' })
    bpfErrorOf('BTF_BASE_MISMATCH', () => parseBtfFile(distilledModule(), { name: 'nf.ko', base }))
  })

  it('keeps what lies before a kind that is not known', () => {
    const builder = kernelBuilder()
    builder.addRaw({ nameOffset: 0, info: 20 << 24, sizeOrType: 0 })
    builder.addStruct('behind', 4, [])
    const btf = parseBtfFile(builder.finish({ endianness: 'little' }), { name: 'newer' })
    expect(pidOf(btf)).toMatchObject({ name: 'pid' })
    bpfErrorOf('BTF_UNKNOWN_KIND', () => btf.find('behind', 'struct'))
  })

  it.each([
    ['nothing', [], 'is empty'],
    ['text', [0x68, 0x65, 0x6c, 0x6c, 0x6f], 'starts with 68 65 6c 6c'],
    ['one byte of BTF', [0x9f], 'starts with 9f'],
    ['gzip', [0x1f, 0x8b, 8, 0], 'is compressed with gzip'],
    ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], 'is compressed with xz'],
    ['zstd', [0x28, 0xb5, 0x2f, 0xfd, 0], 'is compressed with zstd'],
    ['a boot image', [0x4d, 0x5a, 0, 0], 'is a boot image'],
  ])('says of %s that it is no BTF', (_, bytes, why) => {
    const error = bpfErrorOf('BTF_NOT_FOUND', () =>
      parseBtfFile(Uint8Array.from(bytes), { name: 'some/file' }),
    )
    expect(error.message).toContain(`cannot read types from some/file: it ${why}`)
    expect(error.object).toBe('some/file')
  })

  it.each([
    ['without .BTF', elfWith({ '.text': new Uint8Array(8) })],
    ['with an empty .BTF', elfWith({ '.BTF': new Uint8Array() })],
    [
      'whose .BTF is left out of the file',
      writeElf({ sections: [{ name: '.BTF', type: SHT_NOBITS, size: 64 }] }),
    ],
    ['without sections', elfWith({}).subarray(0, 64).with(40, 0).with(60, 0).with(62, 0)],
  ])('says of ELF %s that it has no types', (_, bytes) => {
    const error = bpfErrorOf('BTF_NOT_FOUND', () => parseBtfFile(bytes, { name: 'vmlinux' }))
    expect(error.message).toContain('without a section .BTF')
  })

  it('refuses every file that is cut off, and none in another way', () => {
    const codes = new Set<string>()
    for (const whole of [kernelBytes(), elfWith({ '.BTF': kernelBytes() }), distilledModule()]) {
      for (let length = 0; length < whole.length; length++) {
        try {
          parseBtfFile(whole.subarray(0, length), { name: 'cut', base: kernel() })
        } catch (error) {
          codes.add(String(error instanceof Error && 'code' in error ? error.code : error))
        }
      }
    }
    expect([...codes].filter((code) => !/^(BTF|ELF)_/.test(code))).toEqual([])
    expect(codes).toContain('BTF_TRUNCATED')
    expect(codes).toContain('ELF_TRUNCATED')
  })

  it('refuses ELF whose .BTF reaches beyond the file', () => {
    const bytes = elfWith({ '.BTF': kernelBytes() }, { headers: { '.BTF': { size: 1n << 40n } } })
    bpfErrorOf('ELF_TRUNCATED', () => parseBtfFile(bytes, { name: 'vmlinux' }))
  })
})
