import { describe, expect, it } from 'vitest'
import { writeElf } from '../elf/elf_writer.ts'
import { loadOrder, type ModuleInfo, readModuleInfo } from './modules.ts'

const depends =
  (modules: Readonly<Record<string, readonly string[]>>) =>
  (name: string): ModuleInfo | undefined => {
    const found = modules[name]
    return found === undefined ? undefined : { depends: found }
  }

describe('loadOrder', () => {
  it('puts each module behind what it depends on, once', () => {
    const info = depends({ a: ['b', 'c'], b: ['c'], c: [], d: ['b'] })
    expect(loadOrder(['a', 'd'], info)).toEqual(['c', 'b', 'a', 'd'])
  })

  it('leaves out what the kernel has built in or does not have', () => {
    expect(loadOrder(['a', 'none'], depends({ a: ['builtin'] }))).toEqual(['a'])
  })

  it('ends where modules depend on each other', () => {
    expect(loadOrder(['a'], depends({ a: ['b'], b: ['a'] }))).toEqual(['b', 'a'])
  })
})

describe('readModuleInfo', () => {
  const moduleWith = (text: string): Uint8Array =>
    writeElf({ sections: [{ name: '.modinfo', type: 1, data: new TextEncoder().encode(text) }] })

  it('reads what a module depends on, in the spelling of file names', () => {
    const info = readModuleInfo(moduleWith('license=GPL\0depends=nf_defrag-ipv4,ip6_tables\0name=x\0'), 'x')
    expect(info.depends).toEqual(['nf_defrag_ipv4', 'ip6_tables'])
  })

  it('finds nothing where a module depends on nothing', () => {
    expect(readModuleInfo(moduleWith('depends=\0'), 'x').depends).toEqual([])
    expect(readModuleInfo(moduleWith('license=GPL\0'), 'x').depends).toEqual([])
  })
})
