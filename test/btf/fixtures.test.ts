import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Btf } from '../../src/btf/btf.ts'
import { decodeCoreRelo, decodeFuncInfo, decodeLineInfo, parseBtfExt } from '../../src/btf/btf_ext.ts'
import { rawText } from './raw_text.ts'

const fixture = (name: string): Uint8Array =>
  readFileSync(new URL(`../fixtures/btf/${name}`, import.meta.url))

describe.each(['clang14', 'clang19', 'clang19-big'])('the BTF that %s writes', (compiler) => {
  const btf = Btf.parse(fixture(`${compiler}.btf`), { name: compiler })
  const ext = parseBtfExt(fixture(`${compiler}.btf_ext`), { btf, name: compiler })

  it('decodes to what bpftool says of it', () => {
    expect(rawText(btf)).toBe(new TextDecoder().decode(fixture(`${compiler}.golden.txt`)))
  })

  it('has the endianness that it was built for', () => {
    expect(btf.endianness).toBe(compiler.endsWith('big') ? 'big' : 'little')
  })

  it('decodes the same from an odd address', () => {
    const shifted = new Uint8Array(btf.bytes.length + 1).subarray(1)
    shifted.set(btf.bytes)
    expect(rawText(Btf.parse(shifted, { name: compiler }))).toBe(rawText(btf))
  })

  it('names the function at the start of each program section', () => {
    const starts = ext.funcInfo.flatMap((section) => {
      const { insnOffset, typeId } = decodeFuncInfo(ext, section, 0)
      return insnOffset === 0 ? [[section.sectionName, btf.nameOf(typeId)]] : []
    })
    expect(new Map(starts.map(([section, name]) => [section, name]))).toEqual(
      new Map([
        ['.text', 'helper'],
        ['tp/test/one', 'first'],
        ['tp/test/two', 'second'],
      ]),
    )
  })

  it('quotes the source line of each instruction', () => {
    const section = ext.lineInfo.find(({ sectionName }) => sectionName === 'tp/test/two')
    const lines = Array.from({ length: section?.count ?? 0 }, (_, index) =>
      decodeLineInfo(ext, section!, index),
    )
    expect(lines.map(({ line }) => line)).toContain('\treturn thing->pid + (thing->parent != 0);')
    for (const { fileName, lineNumber } of lines) {
      expect(fileName).toMatch(/kinds\.bpf\.c$/)
      expect(sourceLine(lineNumber)).toMatch(/second|thing/)
    }
  })

  it('relocates the two fields that the second program reads', () => {
    const relos = ext.coreRelos.flatMap((section) =>
      Array.from({ length: section.count }, (_, index) => ({
        section: section.sectionName,
        ...decodeCoreRelo(ext, section, index),
      })),
    )
    const fields = relos.map(({ section, typeId, accessString, kind }) => [
      section,
      btf.nameOf(typeId),
      accessString,
      kind,
    ])
    expect(fields.sort()).toEqual([
      ['tp/test/two', 'kernel_thing', '0:0', 0],
      ['tp/test/two', 'kernel_thing', '0:1', 0],
    ])
  })
})

function sourceLine(number: number): string {
  return new TextDecoder().decode(fixture('kinds.bpf.c')).split('\n')[number - 1] ?? ''
}
