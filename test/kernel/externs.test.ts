import { readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { R_BPF_64_32 } from '../../src/elf/constants.ts'
import { callSubprogram, exit, jumpImm, loadImm64, loadMem, movImm } from '../../src/insn/assemble.ts'
import { BPF_JEQ, BPF_W } from '../../src/insn/opcodes.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { readKernelConfig } from '../../src/kernel/kernel_config.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { runningKernelBtf } from '../../src/loader/target_btf.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { type ExternObject, writeExternObject } from '../object/extern_object.ts'
import { bpfTest, featureTest, kernelTest } from './require.ts'

const configTest = kernelTest('permission to load BPF, and its configuration', () => {
  readKernelConfig(openKernel())
  loadObject(parseObject(writeExternObject({}), 'probe.bpf.o')).close()
  return undefined
})

const kfuncTest = featureTest({
  name: 'the kernel function bpf_rcu_read_lock()',
  since: [6, 2],
  whyNot: () =>
    runningKernelBtf(openKernel(), undefined).find('bpf_rcu_read_lock', 'func') === undefined
      ? "the kernel's BTF does not have it"
      : undefined,
})

const syscallTest = featureTest({
  name: 'programs of type syscall',
  since: [5, 14],
  whyNot: () => {
    const programs = [{ section: 'syscall', insns: [movImm(0, 0), exit()] }]
    loadObject(specOf({ programs })).close()
    return undefined
  },
})

function specOf(object: ExternObject): ReturnType<typeof parseObject> {
  return parseObject(writeExternObject(object), 'externs.bpf.o')
}

const call = (insn: number, symbol: string) => ({ insn, symbol, type: R_BPF_64_32 })

describe('externs on the real kernel', () => {
  configTest('hold values of its configuration, which are globals that cannot be set', () => {
    const hz = /^CONFIG_HZ=(\d+)$/m.exec(readKernelConfig(openKernel()).text)?.[1]
    const spec = specOf({
      kconfig: [
        { name: 'CONFIG_HZ', type: 'int' },
        { name: 'CONFIG_MINE', type: 'char[8]' },
        { name: 'LINUX_KERNEL_VERSION', type: 'u32' },
      ],
      programs: [
        {
          section: 'socket',
          insns: [loadImm64(1, 0n), loadMem(BPF_W, 0, 1, 0), exit()],
          relocations: [{ insn: 0, symbol: 'CONFIG_HZ' }],
        },
      ],
    })
    using object = loadObject(spec, { kernelConfig: 'CONFIG_MINE="mine"' })
    expect(object.globals).toMatchObject({ CONFIG_HZ: Number(hz), CONFIG_MINE: 'mine' })
    expect(object.globals['LINUX_KERNEL_VERSION']).toBeGreaterThan(0x05_08_00)
    const error = bpfErrorOf('MAP_READ_ONLY', () => (object.globals['CONFIG_HZ'] = 1))
    expect(error.message).toContain('give another configuration when loading')
  })

  bpfTest('fail the load where the kernel does not have them', () => {
    const spec = specOf({
      ksyms: [{ name: 'no_such_symbol', type: 'const void' }],
      programs: [
        {
          insns: [loadImm64(1, 0n), movImm(0, 0), exit()],
          relocations: [{ insn: 0, symbol: 'no_such_symbol' }],
        },
      ],
    })
    const error = bpfErrorOf('RELOCATION_EXTERN_NOT_FOUND', () => loadObject(spec))
    const told = Number(/no_such_symbol is none of the (\d+) symbols/.exec(error.message)?.[1])
    // BPF programs, which are among the symbols, come and go.
    const lines = readFileSync('/proc/kallsyms', 'utf8').split('\n')
    const lasting = lines.filter((line) => line !== '' && !line.endsWith('[bpf]')).length
    expect(told).toBeGreaterThanOrEqual(lasting)
    expect(told).toBeLessThan(lasting + 10_000)
  })

  kfuncTest('are functions that programs call, and ask for', () => {
    const lockAndUnlock = [callSubprogram(-1), callSubprogram(-1), movImm(0, 0), exit()]
    const spec = specOf({
      kfuncs: [{ name: 'bpf_rcu_read_lock', strength: 'weak' }, { name: 'bpf_rcu_read_unlock' }],
      programs: [
        {
          section: 'syscall',
          insns: [loadImm64(1, 0n), jumpImm(BPF_JEQ, 1, 0, 2), ...lockAndUnlock],
          relocations: [
            { insn: 0, symbol: 'bpf_rcu_read_lock' },
            call(3, 'bpf_rcu_read_lock'),
            call(4, 'bpf_rcu_read_unlock'),
          ],
        },
      ],
    })
    using object = loadObject(spec)
    expect([...object.programs.keys()]).toEqual(['program'])
  })

  syscallTest('are named where the verifier reaches the call of a missing one', () => {
    const spec = specOf({
      kfuncs: [{ name: 'no_such_kfunc', strength: 'weak' }],
      programs: [
        { section: 'syscall', insns: [callSubprogram(-1), exit()], relocations: [call(0, 'no_such_kfunc')] },
      ],
    })
    const error = bpfErrorOf('VERIFIER_REJECTED', () => loadObject(spec))
    expect(error.message).toContain('it calls no_such_kfunc(), which the kernel does not have')
    expect(error.message).toContain('instruction 0: call 2002000000')
  })
})
