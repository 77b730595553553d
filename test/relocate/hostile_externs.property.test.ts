import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { VOID } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { R_BPF_64_32 } from '../../src/elf/constants.ts'
import { callSubprogram, exit, loadImm64, movImm } from '../../src/insn/assemble.ts'
import { parseObject } from '../../src/object/parse_object.ts'

import { mutate, seedOf } from '../fuzz/mutate.ts'
import { Random } from '../fuzz/random.ts'
import { writeExternObject } from '../object/extern_object.ts'
import { relocateAll } from './relocate_all.ts'

/** How many objects are tried; RAWBPF_FUZZ_RUNS asks for more. */
const RUNS = Number(process.env['RAWBPF_FUZZ_RUNS'] ?? 1500)

const object = writeExternObject({
  kconfig: [
    { name: 'CONFIG_TEXT', type: 'char[9]' },
    { name: 'CONFIG_TRI', type: 'tristate' },
    { name: 'LINUX_KERNEL_VERSION', type: 'u32', strength: 'weak' },
  ],
  ksyms: [
    { name: 'schedule', type: 'const void', strength: 'weak' },
    { name: 'runqueues', type: 'task', strength: 'weak' },
  ],
  kfuncs: [{ name: 'bpf_lock', params: ['pointer', 'u64'], returns: 'int', strength: 'weak' }],
  programs: [
    {
      insns: [loadImm64(1, 0n), loadImm64(2, 0n), loadImm64(3, 0n), callSubprogram(-1), movImm(0, 0), exit()],
      relocations: [
        { insn: 0, symbol: 'CONFIG_TEXT' },
        { insn: 2, symbol: 'schedule' },
        { insn: 4, symbol: 'runqueues' },
        { insn: 6, symbol: 'bpf_lock', type: R_BPF_64_32 },
      ],
    },
  ],
})

function kernel(): Btf {
  const builder = new BtfBuilder()
  const task = builder.addStruct('task_struct', 4, [])
  const params = [builder.addPtr(task), builder.addInt('u64', 8)].map((type) => ({ name: '', type }))
  builder.addFunc('bpf_lock', builder.addFuncProto(VOID, params), 'static')
  builder.addVar('runqueues', task, 'global')
  return Btf.parse(builder.finish({ endianness: 'little' }), { name: 'vmlinux' })
}

const vmlinux = kernel()
const seed = seedOf('externs', object)

/** Parses and relocates; throws what is no BpfError. */
function use(bytes: Uint8Array): 'relocated' | BpfError {
  try {
    const spec = parseObject(bytes, 'hostile.bpf.o')
    relocateAll(spec, {
      targetBtf: () => spec.btf ?? vmlinux,
      kernelBtf: () => vmlinux,
      kernelConfig: [() => ({ name: 'config', text: 'CONFIG_TEXT="text"\nCONFIG_TRI=m\n' })],
      kallsyms: () => '1 T schedule\n',
      kernelVersion: () => 0x61200,
    })
    return 'relocated'
  } catch (error) {
    if (error instanceof BpfError) return error
    throw error
  }
}

describe('an object with externs', () => {
  it('is relocated where it is whole', () => {
    expect(use(object)).toBe('relocated')
  })

  it(`gives a result or a BpfError however it is damaged (${RUNS} times)`, () => {
    const outcomes = new Set<string>()
    for (let run = 0; run < RUNS; run++) {
      const outcome = ((): ReturnType<typeof use> => {
        try {
          return use(mutate([seed], new Random(run)))
        } catch (cause) {
          throw new Error(`input ${run} threw no BpfError`, { cause })
        }
      })()
      outcomes.add(outcome === 'relocated' ? outcome : outcome.code)
    }
    expect(outcomes).toContain('relocated')
    expect(outcomes).toContain('RELOCATION_BAD_TARGET')
  }, 60_000)
})
