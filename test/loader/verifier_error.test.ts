import { describe, expect, it } from 'vitest'
import { exit, loadImm64, loadMem, movImm } from '../../src/insn/assemble.ts'
import { BPF_W } from '../../src/insn/opcodes.ts'
import type { Btf } from '../../src/btf/btf.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { VerifierError } from '../../src/loader/verifier_error.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { smallKernel } from '../relocate/small_kernel.ts'
import { BpfKernel, refusing } from './bpf_kernel.ts'
import { smallSpec } from './small_object.ts'

const EACCES = 13

function rejection(
  log: string,
  errno: number,
  spec = smallSpec(),
  targetBtf: Btf = smallKernel(),
): VerifierError {
  const kernel = new BpfKernel()
  kernel.answers.BPF_PROG_LOAD = refusing(log, errno)
  const error = bpfErrorOf('VERIFIER_REJECTED', () => loadObject(spec, { kernel, targetBtf }))
  if (!(error instanceof VerifierError)) return expect.fail('no VerifierError')
  return error
}

describe('a program that the verifier refuses', () => {
  it('is first loaded without a log, then with one', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_PROG_LOAD = refusing('R2 !read_ok\n', EACCES)
    const recording = recordingKernel(kernel)
    expect(() => loadObject(smallSpec(), { kernel: recording.kernel })).toThrow(VerifierError)
    const loads = recording.calls.filter(({ command }) => command === 'BPF_PROG_LOAD')
    // Then the other program, which it takes.
    expect(loads.map((call) => call.arguments['log_level'])).toEqual([undefined, 1, undefined])
  })

  it('is an error that shows the reason, the instruction and its line, and has the whole log', () => {
    const log = '0: R1=ctx() R10=fp0\n4: (b7) r0 = 0\nR2 !read_ok\nprocessed 1 insns (limit 1000000)\n'
    const error = rejection(log, EACCES)
    expect(error.message).toBe(
      [
        'dir/small.bpf.o: the verifier refused program on_exec (EACCES): R2 !read_ok',
        '  instruction 4: r0 = 0',
        '  test.bpf.c:10: int on_exec() {',
      ].join('\n'),
    )
    expect(error).toMatchObject({ log, insn: 4, program: 'on_exec', cause: { errnoName: 'EACCES' } })
  })

  it('has all of a log that is longer than the first buffer', () => {
    const log = `${'0: (b7) r0 = 0\n'.repeat(20_000)}R2 !read_ok\n`
    expect(log.length).toBeGreaterThan(1 << 16)
    const error = rejection(log, EACCES)
    expect(error.log === log).toBe(true)
    expect(error.message).toContain('R2 !read_ok')
  })

  it('shows both slots of a 64-bit load as one instruction', () => {
    expect(rejection('0: (18) r1 = 0x0\nnot so\n', EACCES).message).toContain('instruction 0: r1 = ')
  })

  it('shows no instruction where the log names none, or one that is not there', () => {
    expect(rejection('last insn is not an exit or jmp\n', 22).message.split('\n')).toHaveLength(1)
    expect(rejection('999: (b7) r0 = 0\nnot so\n', 22).message.split('\n')).toHaveLength(1)
  })

  it('shows what a poisoned instruction stands for', () => {
    const spec = smallSpec({
      programs: [
        {
          insns: [movImm(0, 0), loadMem(BPF_W, 0, 1, 0), exit()],
          coreRelos: [{ insn: 1, type: 'task', access: '0:0' }],
        },
      ],
      types: (builder, { u32: word }) => ({
        task: builder.addStruct('task_struct', 4, [
          { name: 'gone', type: word ?? builder.nextId, bitOffset: 0 },
        ]),
      }),
    })
    const error = rejection('1: (85) call unknown#195896080\ninvalid func unknown#195896080\n', 22, spec)
    expect(error.message).toContain(
      "it accesses struct task_struct.gone, which the target kernel's BTF does not have; guard the access with " +
        'bpf_core_field_exists()',
    )
  })

  it('shows which enumerator a poisoned instruction stands for', () => {
    const spec = smallSpec({
      programs: [
        {
          insns: [movImm(0, 0), loadImm64(1, 7n), exit()],
          coreRelos: [{ insn: 1, type: 'color', access: '0', kind: 'enumval_value' }],
        },
      ],
      types: (builder) => ({
        color: builder.addEnum('color', {
          size: 4,
          signed: false,
          enumerators: [{ name: 'GREEN', value: 7n }],
        }),
      }),
    })
    const error = rejection('1: (85) call unknown#195896080\ninvalid func unknown#195896080\n', 22, spec)
    expect(error.message).toContain(
      "it takes the value of enumerator GREEN of enum color, which the target kernel's BTF does not have; guard it with " +
        'bpf_core_enum_value_exists()',
    )
  })

  it('shows the two sizes of a field that one instruction cannot read', () => {
    const spec = smallSpec({
      programs: [
        {
          insns: [movImm(0, 0), loadMem(BPF_W, 0, 1, 0), exit()],
          coreRelos: [{ insn: 1, type: 'signals', access: '0:0' }],
        },
      ],
      types: (builder, { u16 }) => ({
        signals: builder.addStruct('task_struct', 4, [
          { name: 'tgid', type: u16 ?? builder.nextId, bitOffset: 0 },
        ]),
      }),
    })
    const error = rejection('1: (85) call unknown#195896080\ninvalid func unknown#195896080\n', 22, spec)
    expect(error.message).toContain("has 2 bytes in the object's types and 4 in the target kernel's")
  })
})
