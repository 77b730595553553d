import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import type { ExternSpec } from '../../src/object/extern_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { type ExternInput, ExternResolver } from '../../src/relocate/extern_resolver.ts'
import { type ExternObject, writeExternObject } from '../object/extern_object.ts'

const object: ExternObject = {
  kconfig: [{ name: 'CONFIG_HZ', type: 'int' }],
  ksyms: [
    { name: 'schedule', type: 'const void' },
    { name: 'wake', type: 'const void' },
    { name: 'runqueues', type: 'int', strength: 'weak' },
  ],
  kfuncs: [{ name: 'bpf_lock', strength: 'weak' }],
}

const { externs, ...rest } = parseObject(writeExternObject(object), 'test.bpf.o')
const spec = { externs, ...rest }
const all = new Set(externs.values())

const extern = (name: string): ExternSpec => externs.get(name) ?? expect.fail(`no ${name}`)

const noTypes = (): Btf => Btf.parse(new BtfBuilder().finish({ endianness: 'little' }), { name: 'vmlinux' })

/** Counts how often each fact is asked for. */
function counting(input: Partial<ExternInput> = {}): { input: ExternInput; asked: string[] } {
  const asked: string[] = []
  const told =
    <T>(name: string, fact: () => T) =>
    (): T => {
      asked.push(name)
      return fact()
    }
  return {
    asked,
    input: {
      targetBtf: told('types', input.targetBtf ?? noTypes),
      modules: told('modules', input.modules ?? (() => [])),
      kallsyms: told('symbols', input.kallsyms ?? (() => '1 T schedule\n')),
      kernelConfig: [told('config', () => ({ name: 'config', text: 'CONFIG_HZ=5' }))],
    },
  }
}

describe('ExternResolver', () => {
  it('asks for each fact once, when it is first needed', () => {
    const { input, asked } = counting()
    const resolver = new ExternResolver(spec, all, input)
    expect(asked).toEqual([])
    expect(resolver.outcome(extern('schedule'))).toEqual({ kind: 'address', address: 1n })
    expect(resolver.outcome(extern('wake'))).toMatchObject({ kind: 'failed' })
    expect(asked).toEqual(['symbols'])
    expect(resolver.outcome(extern('bpf_lock'))).toEqual({ kind: 'missing' })
    expect(resolver.outcome(extern('runqueues'))).toEqual({ kind: 'missing' })
    expect(asked).toEqual(['symbols', 'types', 'modules'])
    expect(resolver.kconfigContents(4)).toEqual(new Uint8Array([5, 0, 0, 0]))
    expect(resolver.outcome(extern('CONFIG_HZ'))).toMatchObject({ kind: 'value', text: '5' })
    expect(asked).toEqual(['symbols', 'types', 'modules', 'config'])
  })

  it('holds what keeps the kernel from telling against the externs that ask, and asks no more', () => {
    const refuse = (): never => {
      throw new BpfError('NO_KALLSYMS', 'there are no symbols')
    }
    const { input, asked } = counting({ kallsyms: refuse })
    const resolver = new ExternResolver(spec, all, input)
    for (const name of ['schedule', 'wake']) {
      expect(resolver.outcome(extern(name))).toMatchObject({
        kind: 'failed',
        why: `extern ${name} cannot be looked up: there are no symbols`,
        cause: { code: 'NO_KALLSYMS' },
      })
    }
    expect(resolver.outcome(extern('CONFIG_HZ'))).toMatchObject({ kind: 'value' })
    expect(asked).toEqual(['symbols', 'config'])
  })

  it('passes on what is a bug', () => {
    const { input } = counting({
      kallsyms: () => {
        throw new TypeError('a bug')
      },
    })
    expect(() => new ExternResolver(spec, all, input).outcome(extern('schedule'))).toThrow(TypeError)
  })

  it('resolves only what is used, but all of .kconfig', () => {
    const { input } = counting()
    const resolver = new ExternResolver(spec, new Set([extern('schedule')]), input)
    expect(resolver.outcome(extern('wake'))).toMatchObject({ code: 'RELOCATION_BAD_EXTERN' })
    expect(resolver.outcome(extern('CONFIG_HZ'))).toMatchObject({ kind: 'value' })
  })

  it('fills a .kconfig that was made smaller or larger as far as it goes', () => {
    const resolver = new ExternResolver(spec, all, counting().input)
    expect(resolver.kconfigContents(6)).toEqual(new Uint8Array([5, 0, 0, 0, 0, 0]))
    expect(resolver.kconfigContents(1)).toEqual(new Uint8Array([5]))
    expect(resolver.kconfigContents(0)).toEqual(new Uint8Array(0))
  })

  it('leaves .kconfig zero where nothing is known of the kernel', () => {
    const resolver = new ExternResolver(spec, all, { targetBtf: noTypes })
    expect(resolver.kconfigContents(4)).toEqual(new Uint8Array(4))
  })
})
