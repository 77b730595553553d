import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { byteOffset, typeId } from '../../src/base/units.ts'
import type { KconfigExtern } from '../../src/object/extern_spec.ts'
import type { KconfigType } from '../../src/object/kconfig_type.ts'
import type { ExternFacts } from '../../src/relocate/extern_facts.ts'
import type { ExternOutcome } from '../../src/relocate/extern_resolution.ts'
import { resolveKconfig } from '../../src/relocate/resolve_kconfig.ts'

const INT: KconfigType = { kind: 'int', signed: true }

function extern(name: string, changes: Partial<KconfigExtern> = {}): KconfigExtern {
  const common = { kind: 'kconfig', weak: false, type: typeId(1), size: 4, offset: byteOffset(0) } as const
  return { ...common, name, holds: INT, ...changes }
}

function outcome(variable: KconfigExtern, facts: ExternFacts): ExternOutcome {
  return resolveKconfig([variable], facts, 'little').get(variable) ?? expect.fail('no outcome')
}

const config = (name: string, text: string) => () => ({ name, text })

describe('resolveKconfig', () => {
  it('takes an option from the first configuration that sets it, and reads the next only if one is missing', () => {
    const hz = extern('CONFIG_HZ')
    const facts = {
      kernelConfig: [
        config('first', 'CONFIG_A=y\nCONFIG_HZ=100\n'),
        () => expect.fail('the second configuration was read'),
      ],
    }
    expect(outcome(hz, facts)).toEqual({
      kind: 'value',
      source: 'first, line 2',
      text: '100',
      bytes: new Uint8Array([100, 0, 0, 0]),
    })
    const later = { kernelConfig: [config('first', ''), config('second', 'CONFIG_HZ=5')] }
    expect(outcome(hz, later)).toMatchObject({ source: 'second, line 1' })
  })

  it('fails a strong option that is set nowhere, naming what was searched, and takes 0 for a weak one', () => {
    const facts = { kernelConfig: [config('given', ''), config('/proc/config.gz', '# CONFIG_HZ is not set')] }
    expect(outcome(extern('CONFIG_HZ'), facts)).toMatchObject({
      kind: 'failed',
      code: 'RELOCATION_EXTERN_NOT_FOUND',
      why: expect.stringContaining(
        "CONFIG_HZ is not set in the kernel's configuration (given, /proc/config.gz)",
      ) as string,
    })
    expect(outcome(extern('CONFIG_HZ', { weak: true }), facts)).toEqual({ kind: 'missing' })
  })

  it('says which line has a value that the variable cannot hold', () => {
    const facts = { kernelConfig: [config('/proc/config.gz', `\nCONFIG_HZ=${'y'.repeat(500)}`)] }
    const failure = outcome(extern('CONFIG_HZ'), facts)
    expect(failure).toMatchObject({ kind: 'failed', code: 'RELOCATION_BAD_EXTERN' })
    const why = failure.kind === 'failed' ? failure.why : ''
    expect(why).toMatch(
      /^extern CONFIG_HZ cannot hold "y{80}\.\.\." \(\/proc\/config\.gz, line 2\): a tristate needs/,
    )
  })

  it.each(['CONFIG_HZ', 'CONFIG_HZ='])('fails on the line %s, which gives no value', (line) => {
    const facts = { kernelConfig: [config('given', line)] }
    expect(outcome(extern('CONFIG_HZ'), facts)).toMatchObject({
      why: expect.stringContaining('gives no value') as string,
    })
  })

  it('says what keeps it from reading a configuration, and goes on to the next', () => {
    const refuse = (): never => {
      throw new BpfError('NO_KERNEL_CONFIG', 'it is not there')
    }
    expect(
      outcome(extern('CONFIG_HZ'), { kernelConfig: [refuse, config('second', 'CONFIG_HZ=1')] }),
    ).toMatchObject({
      kind: 'value',
    })
    expect(outcome(extern('CONFIG_HZ'), { kernelConfig: [refuse] })).toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('it is not there') as string,
      cause: { code: 'NO_KERNEL_CONFIG' },
    })
    expect(outcome(extern('CONFIG_HZ', { weak: true }), { kernelConfig: [refuse] })).toEqual({
      kind: 'missing',
    })
  })

  it.each([
    ['CONFIG_HZ', 'kernelConfig'],
    ['LINUX_KERNEL_VERSION', 'kernelVersion'],
    ['LINUX_HAS_BPF_COOKIE', 'hasBpfCookie'],
    ['LINUX_HAS_SYSCALL_WRAPPER', 'hasSyscallWrapper'],
  ])('fails %s where what it needs was not given, weak or not', (name, option) => {
    for (const weak of [false, true]) {
      const failure = outcome(extern(name, { weak }), {})
      expect(failure).toMatchObject({ kind: 'failed', code: 'RELOCATION_NO_KERNEL_FACTS' })
      expect(failure.kind === 'failed' && failure.why).toContain(`give it (${option})`)
    }
  })

  it('asks for facts that no configuration tells', () => {
    const bool = { holds: { kind: 'bool' }, size: 1 } as const
    const version = outcome(extern('LINUX_KERNEL_VERSION'), { kernelVersion: () => 0x061200 })
    expect(version).toMatchObject({ kind: 'value', text: '397824', bytes: new Uint8Array([0, 0x12, 6, 0]) })
    expect(outcome(extern('LINUX_HAS_BPF_COOKIE', bool), { hasBpfCookie: () => true })).toMatchObject({
      bytes: new Uint8Array([1]),
    })
    expect(
      outcome(extern('LINUX_HAS_SYSCALL_WRAPPER', bool), { hasSyscallWrapper: () => false }),
    ).toMatchObject({
      bytes: new Uint8Array([0]),
    })
  })

  it('fails where the version does not fit, and where it cannot be told', () => {
    const char = extern('LINUX_KERNEL_VERSION', { holds: { kind: 'char', signed: true }, size: 1 })
    expect(outcome(char, { kernelVersion: () => 0x061200 })).toMatchObject({ code: 'RELOCATION_BAD_EXTERN' })
    const refuse = (): never => {
      throw new BpfError('UNEXPECTED_CONTENT', 'no version')
    }
    expect(outcome(char, { kernelVersion: refuse })).toMatchObject({ code: 'RELOCATION_EXTERN_NOT_FOUND' })
  })

  it('takes 0 for a weak LINUX_* that nobody knows, and fails any other name', () => {
    expect(outcome(extern('LINUX_HAS_MORE', { weak: true }), {})).toEqual({ kind: 'missing' })
    expect(outcome(extern('LINUX_HAS_MORE'), {})).toMatchObject({ code: 'RELOCATION_EXTERN_NOT_FOUND' })
    expect(outcome(extern('toString', { weak: true }), {})).toMatchObject({ code: 'RELOCATION_BAD_EXTERN' })
  })

  it('fails a type that nothing in a configuration has, and costs the others nothing', () => {
    const struct = extern('CONFIG_X', { holds: { kind: 'unsupported' } })
    const hz = extern('CONFIG_HZ')
    const outcomes = resolveKconfig(
      [struct, hz],
      { kernelConfig: [config('c', 'CONFIG_X=y\nCONFIG_HZ=1')] },
      'little',
    )
    expect(outcomes.get(struct)).toMatchObject({ code: 'RELOCATION_BAD_EXTERN' })
    expect(outcomes.get(hz)).toMatchObject({ kind: 'value' })
  })
})
