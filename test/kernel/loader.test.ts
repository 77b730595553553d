import { readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { BPF_LINK_INFO, BPF_MAP_INFO, BPF_PROG_INFO } from '../../src/abi/bpf_info.ts'
import { BPF_ADD, BPF_DW, BPF_JEQ, BPF_W } from '../../src/insn/opcodes.ts'
import * as insn from '../../src/insn/assemble.ts'
import { infoByFd } from '../../src/kernel/bpf_calls.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { VerifierError } from '../../src/loader/verifier_error.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { smallSpec } from '../loader/small_object.ts'
import { type ObjectDescription, writeObject } from '../object/object_writer.ts'
import { perfLinkTest, unexpectedFailures } from './features.ts'
import { recordingKernel } from './recording_kernel.ts'
import { bpfTest, kernelBtfTest, tracepointTest } from './require.ts'

function rejectionOf(description: ObjectDescription): VerifierError {
  const error = bpfErrorOf('VERIFIER_REJECTED', () => {
    loadObject(parseObject(writeObject(description), 'dir/small.bpf.o')).close()
  })
  return error instanceof VerifierError ? error : expect.fail('no VerifierError')
}

describe('a program that the real verifier refuses', () => {
  bpfTest('for reading a register without a value', () => {
    const error = rejectionOf({ programs: [{ insns: [insn.movReg(0, 2), insn.exit()] }] })
    expect(error.message.split('\n')).toEqual([
      'dir/small.bpf.o: the verifier refused program program (EACCES): R2 !read_ok',
      '  instruction 0: r0 = r2',
      '  test.bpf.c:10: int program() {',
    ])
    expect(error.insn).toBe(0)
    expect(error.log).toContain('processed 1 insns')
  })

  bpfTest('without line information shows the instruction alone', () => {
    const error = rejectionOf({
      debugInfo: 'absent',
      programs: [{ insns: [insn.movReg(0, 2), insn.exit()] }],
    })
    expect(error.message.split('\n')).toHaveLength(2)
    expect(error.message).toContain('instruction 0: r0 = r2')
  })

  bpfTest('for having no end', () => {
    const error = rejectionOf({ programs: [{ insns: [insn.movImm(0, 0)] }] })
    expect(error.message).toContain('last insn is not an exit or jmp')
  })

  bpfTest('for instructions that nothing reaches', () => {
    const insns = [insn.movImm(0, 0), insn.exit(), insn.movImm(0, 1), insn.exit()]
    const error = rejectionOf({ programs: [{ insns }] })
    expect(error.message).toContain('unreachable insn 2')
    expect(error.message).toContain('instruction 2: r0 = 1')
  })

  bpfTest('for using the value of a map that may not be there', () => {
    const error = rejectionOf({
      maps: [{ name: 'counts', uints: { type: 1, max_entries: 1 }, types: { key: 'u32', value: 'u64' } }],
      programs: [
        {
          insns: [
            insn.storeImm(BPF_W, 10, -4, 0),
            insn.movReg(2, 10),
            insn.aluImm(BPF_ADD, 2, -4),
            insn.loadImm64(1, 0n),
            insn.call(1),
            insn.loadMem(BPF_DW, 0, 0, 0),
            insn.exit(),
          ],
          relocations: [{ insn: 3, symbol: 'counts' }],
        },
      ],
    })
    expect(error.message).toContain("R0 invalid mem access 'map_value_or_null'")
    expect(error.insn).toBe(6)
  })

  kernelBtfTest('for a field that this kernel does not have, if it can be reached', () => {
    const error = rejectionOf({
      programs: [
        {
          insns: [insn.movImm(0, 0), insn.loadMem(BPF_W, 0, 1, 0), insn.exit()],
          coreRelos: [{ insn: 1, type: 'task', access: '0:0' }],
        },
      ],
      types: (builder, { u32: word }) => ({
        task: builder.addStruct('task_struct', 4, [
          { name: 'no_kernel_has_this', type: word ?? builder.nextId, bitOffset: 0 },
        ]),
      }),
    })
    expect(error.message).toContain(
      "it accesses struct task_struct.no_kernel_has_this, which the target kernel's BTF",
    )
    expect(error.log).toContain('unknown#195896080')
  })

  bpfTest('has its whole log, however long that is', () => {
    const count = 4000
    const insns = [...new Array<number>(count).keys()].map((each) => insn.movImm(0, each))
    const error = rejectionOf({ programs: [{ insns: [...insns, insn.movReg(0, 2), insn.exit()] }] })
    expect(error.log.length).toBeGreaterThan(1 << 16)
    expect(error.log).toMatch(/^(func#0 @0\n)?(0: R1=ctx|; int program)/)
    expect(error.log.match(/^\d+: \(b7\) r0 = /gm)).toHaveLength(count)
    expect(error.insn).toBe(count)
    expect(error.message).toContain('R2 !read_ok')
  })
})

describe('an object in the real kernel', () => {
  bpfTest('is loaded without a failing call, and leaves nothing open', () => {
    const recording = recordingKernel(openKernel())
    {
      using object = loadObject(smallSpec(), { kernel: recording.kernel })
      expect(object.globals).toMatchObject({ limit: 5n, first: 1n, second: 2n, lost: 0n })
      object.globals['lost'] = 4n
      expect(object.globals['lost']).toBe(4n)
    }
    expect(unexpectedFailures(recording.calls)).toEqual([])
    expect([...recording.openDescriptors()]).toEqual([])
  })

  bpfTest('has names, types and source lines that bpftool can show', () => {
    const kernel = openKernel()
    using object = loadObject(smallSpec())
    const program = object.programs.get('on_exec')
    const info = infoByFd(kernel, program?.fd ?? (-1 as never), BPF_PROG_INFO)
    expect(info).toMatchObject({ type: 5, name: 'on_exec', nr_func_info: 1, nr_line_info: 1 })
    expect(info.btf_id).toBeGreaterThan(0)
    const maps = [...object.maps.values()].map((map) => infoByFd(kernel, map.fd, BPF_MAP_INFO).name)
    expect(maps).toEqual(['counts', 'rb', 'small.rodata', 'small.data', 'small.bss'])
  })

  bpfTest('drops a branch that a frozen value rules out', () => {
    const spec = smallSpec({
      programs: [
        {
          insns: [
            insn.loadImm64(1, 0n),
            insn.loadMem(BPF_DW, 1, 1, 0),
            insn.movImm(0, 0),
            insn.jumpImm(BPF_JEQ, 1, 5, 1),
            insn.movReg(0, 9),
            insn.exit(),
          ],
          relocations: [{ insn: 0, symbol: 'limit' }],
        },
      ],
    })
    using object = loadObject(spec)
    expect(object.programs.size).toBe(1)
    spec.globals['limit'] = 6n
    expect(() => loadObject(spec)).toThrow('R9 !read_ok')
  })

  perfLinkTest('is attached by links, and detached side by side', async () => {
    const kernel = openKernel()
    const recording = recordingKernel(kernel)
    {
      await using object = loadObject(smallSpec(), { kernel: recording.kernel })
      expect(object.attach()).toHaveLength(2)
      const links = [...recording.openDescriptors()].filter(([, what]) => what === 'BPF_LINK_CREATE')
      expect(links).toHaveLength(2)
      for (const [fd] of links)
        expect(infoByFd(kernel, fd as never, BPF_LINK_INFO).prog_id).toBeGreaterThan(0)
    }
    expect([...recording.openDescriptors()]).toEqual([])
    // tracefs may be elsewhere than at the first place that is tried.
    const calls = recording.calls.filter(({ syscall }) => syscall !== 'openat')
    expect(unexpectedFailures(calls)).toEqual([])
  })

  tracepointTest('cannot be attached to a tracepoint that this kernel does not have', () => {
    using object = loadObject(smallSpec({ programs: [{ section: 'tp/sched/no_such_thing' }] }))
    const error = bpfErrorOf('ATTACH_FAILED', () => object.attach())
    expect(error).toMatchObject({ cause: { code: 'NO_SUCH_TRACEPOINT' } })
  })

  kernelBtfTest('of bootstrap.bpf.o is loaded without a failing call', () => {
    const recording = recordingKernel(openKernel())
    const spec = parseObject(readFileSync('bpf/bootstrap.bpf.o'), 'bootstrap.bpf.o')
    {
      using object = loadObject(spec, { kernel: recording.kernel })
      expect(object.programs.size).toBe(2)
    }
    expect(unexpectedFailures(recording.calls)).toEqual([])
    expect([...recording.openDescriptors()]).toEqual([])
  })
})
