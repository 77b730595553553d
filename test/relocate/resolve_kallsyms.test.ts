import { describe, expect, it } from 'vitest'
import { VOID } from '../../src/base/units.ts'
import type { KsymExtern } from '../../src/object/extern_spec.ts'
import type { ExternOutcome } from '../../src/relocate/extern_resolution.ts'
import { resolveKallsyms } from '../../src/relocate/resolve_kallsyms.ts'

const strong = (name: string): KsymExtern => ({ kind: 'ksym', name, weak: false, type: VOID })

function outcome(extern: KsymExtern, kallsyms?: () => string): ExternOutcome {
  const facts = kallsyms === undefined ? {} : { kallsyms }
  return resolveKallsyms([extern], facts).get(extern) ?? expect.fail('no outcome')
}

const text = 'ffffffff81000100 T schedule\n1 T two\n2 T two\n'

describe('resolveKallsyms', () => {
  it('gives the address', () => {
    expect(outcome(strong('schedule'), () => text)).toEqual({
      kind: 'address',
      address: 0xffff_ffff_8100_0100n,
    })
  })

  it('fails a strong one that is missing, and leaves a weak one out', () => {
    const failure = outcome(strong('nobody'), () => text)
    expect(failure).toMatchObject({ kind: 'failed', code: 'RELOCATION_EXTERN_NOT_FOUND' })
    expect(failure.kind === 'failed' && failure.why).toContain(
      'nobody is none of the 3 symbols in /proc/kallsyms',
    )
    expect(outcome({ ...strong('nobody'), weak: true }, () => text)).toEqual({ kind: 'missing' })
  })

  it('fails one that several symbols are called, weak or not', () => {
    const failure = outcome({ ...strong('two'), weak: true }, () => text)
    expect(failure).toMatchObject({ kind: 'failed', code: 'RELOCATION_BAD_EXTERN' })
    expect(failure.kind === 'failed' && failure.why).toContain('at 0x1 and 0x2')
  })

  it('says that the kernel hides addresses where all of them are 0', () => {
    const hidden = (): string => '0000000000000000 T schedule\n0000000000000000 T two\n'
    const failure = outcome(strong('schedule'), hidden)
    expect(failure.kind === 'failed' && failure.why).toContain('kernel.kptr_restrict')
    expect(outcome({ ...strong('schedule'), weak: true }, hidden)).toEqual({ kind: 'missing' })
  })

  it('fails where no symbols were given', () => {
    const failure = outcome({ ...strong('schedule'), weak: true })
    expect(failure).toMatchObject({ code: 'RELOCATION_NO_KERNEL_FACTS' })
    expect(failure.kind === 'failed' && failure.why).toContain('(kallsyms)')
  })
})
