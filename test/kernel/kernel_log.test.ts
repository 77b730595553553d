import { describe, expect, it } from 'vitest'
import { bpf_prog_type } from '../../src/abi/generated/bpf.ts'
import { cString } from '../../src/abi/object_name.ts'
import { loadBtf, loadProgram } from '../../src/kernel/bpf_calls.ts'
import { BPF_LOG_LEVEL1, BPF_LOG_STATS, KernelLog } from '../../src/kernel/kernel_log.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { FakeKernel } from './fake_kernel.ts'
import { recordingKernel } from './recording_kernel.ts'
import { bpfTest } from './require.ts'

/** `exit` alone: R0 is not set. */
const EXIT = new Uint8Array([0x95, 0, 0, 0, 0, 0, 0, 0])
const SET_R2 = [0xb7, 2, 0, 0, 0, 0, 0, 0]
const RETURN_0 = new Uint8Array([0xb7, 0, 0, 0, 0, 0, 0, 0, ...EXIT])

const program = (insns: Uint8Array): Parameters<typeof loadProgram>[1] => ({
  prog_type: bpf_prog_type.BPF_PROG_TYPE_SOCKET_FILTER,
  insn_cnt: insns.length / 8,
  insns,
  license: cString('GPL'),
})

describe('a log', () => {
  it('is asked for with a size that reaches over the field with its true size', () => {
    const recording = recordingKernel(new FakeKernel())
    loadProgram(recording.kernel, program(RETURN_0)).close()
    loadProgram(recording.kernel, program(RETURN_0), new KernelLog(BPF_LOG_LEVEL1, 128)).close()
    loadBtf(recording.kernel, { btf: EXIT, btf_size: 8 }, new KernelLog(BPF_LOG_LEVEL1, 128)).close()
    const calls = recording.calls.filter(({ syscall }) => syscall === 'bpf')
    expect(calls.map(({ attrSize }) => attrSize)).toEqual([24, 144, 32])
    expect(calls[1]?.arguments).toMatchObject({ log_level: 1, log_size: 128 })
  })

  it('has the size that the kernel tells, also where the call fails', () => {
    const kernel = new FakeKernel()
    kernel.onBpf = (_, { bytes }) => {
      new DataView(bytes.buffer).setUint32(140, 77, true)
      throw new Error('refused')
    }
    const log = new KernelLog(BPF_LOG_LEVEL1, 128)
    expect(() => loadProgram(kernel, program(RETURN_0), log)).toThrow('refused')
    expect(log.trueSize).toBe(77)
  })

  it('ends at the NUL, or with the buffer', () => {
    const log = new KernelLog(BPF_LOG_LEVEL1, 4)
    expect(log.text).toBe('')
    log.buffer.set([0x61, 0x62, 0x63, 0x64])
    expect(log.text).toBe('abcd')
  })

  bpfTest('of the real verifier says why, and how long it is', () => {
    const log = new KernelLog(BPF_LOG_LEVEL1, 4096)
    expect(() => loadProgram(openKernel(), program(EXIT), log)).toThrow('EACCES')
    expect(log.text).toContain('R0 !read_ok')
    expect(log.trueSize === 0 || log.trueSize === log.text.length + 1).toBe(true)
  })

  bpfTest('of a program that is accepted has its statistics', () => {
    const log = new KernelLog(BPF_LOG_STATS, 4096)
    loadProgram(openKernel(), program(RETURN_0), log).close()
    expect(log.text).toMatch(/^processed 2 insns/m)
  })

  bpfTest(
    'that does not fit is an error of its own, with the end of the log where the kernel tells its size',
    () => {
      const log = new KernelLog(BPF_LOG_LEVEL1, 128)
      const insns = new Uint8Array([...Array.from({ length: 20 }, () => [...SET_R2]).flat(), ...EXIT])
      expect(() => loadProgram(openKernel(), program(insns), log)).toThrow('ENOSPC')
      if (log.trueSize > 0) expect(log.text).toContain('processed 21 insns')
    },
  )
})
