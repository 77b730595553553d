import { describe, expect, it } from 'vitest'
import { insnIndex } from '../../src/base/units.ts'
import { R_BPF_64_32 } from '../../src/elf/constants.ts'
import { callSubprogram, exit, movImm } from '../../src/insn/assemble.ts'
import { explainMissingKfunc } from '../../src/loader/missing_kfunc.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import { writeExternObject } from '../object/extern_object.ts'
import { smallKernel } from '../relocate/small_kernel.ts'

const bytes = writeExternObject({
  kfuncs: [{ name: 'bpf_none', strength: 'weak' }],
  programs: [
    {
      insns: [movImm(1, 0), callSubprogram(-1), exit()],
      relocations: [{ insn: 1, symbol: 'bpf_none', type: R_BPF_64_32 }],
    },
  ],
})

const [program] = relocateObject(parseObject(bytes, 'test.bpf.o'), { targetBtf: smallKernel }).programs

const explained = (insn: number, reason: string): string => {
  if (program === undefined) return expect.fail('no program')
  return explainMissingKfunc(program, { reason, insn: insnIndex(insn) }).reason
}

describe('explainMissingKfunc', () => {
  it('names the function whose call the verifier refuses', () => {
    expect(explained(1, 'invalid func unknown#2002000000')).toBe(
      'it calls bpf_none(), which the kernel does not have, or has with other parameters; guard the call with ' +
        'bpf_ksym_exists(bpf_none)',
    )
  })

  it.each([
    [0, 'invalid func unknown#2002000000'],
    [1, 'invalid func unknown#195896080'],
    [1, 'R1 !read_ok'],
  ])('leaves other words alone, at instruction %i: %s', (insn, reason) => {
    expect(explained(insn, reason)).toBe(reason)
  })
})
