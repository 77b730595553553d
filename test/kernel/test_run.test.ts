import { describe, expect } from 'vitest'
import { bpf_prog_type } from '../../src/abi/generated/bpf.ts'
import * as asm from '../../src/insn/assemble.ts'
import { BPF_W } from '../../src/insn/opcodes.ts'
import { cString } from '../../src/abi/object_name.ts'
import { loadProgram, testRunProgram } from '../../src/kernel/bpf_calls.ts'
import type { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { recordingKernel } from './recording_kernel.ts'
import { bpfTest } from './require.ts'

const { BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_TRACEPOINT } = bpf_prog_type

/** A program that returns the first word of its context: of a `struct __sk_buff` the length of the packet. */
function firstWordOfContext(kernel: Kernel, type: number): FileDescriptor {
  const insns = asm.assemble([asm.loadMem(BPF_W, 0, 1, 0), asm.exit()], 'little')
  return loadProgram(kernel, { prog_type: type, insn_cnt: 2, insns, license: cString('GPL') })
}

/** A frame of an EtherType that no protocol has, with a payload of `length` bytes. */
function packet(length: number): Uint8Array {
  return new Uint8Array(14 + length)
}

describe('testRunProgram on the real kernel', () => {
  bpfTest('runs a socket filter on a packet, whose Ethernet header it does not see', () => {
    const kernel = openKernel()
    using program = firstWordOfContext(kernel, BPF_PROG_TYPE_SOCKET_FILTER)
    const data = packet(50)
    const result = testRunProgram(kernel, { prog_fd: program.fd, data_in: data, data_size_in: data.length })
    expect(result).toMatchObject({ retval: 50, dataSizeOut: 64 })
  })

  bpfTest('leaves no descriptor behind', () => {
    const recording = recordingKernel(openKernel())
    {
      using program = firstWordOfContext(recording.kernel, BPF_PROG_TYPE_SOCKET_FILTER)
      const data = packet(1)
      testRunProgram(recording.kernel, { prog_fd: program.fd, data_in: data, data_size_in: 15, repeat: 100 })
    }
    expect(recording.names()).toContain('BPF_PROG_TEST_RUN')
    expect(recording.openDescriptors().size).toBe(0)
  })

  bpfTest('refuses a packet without an Ethernet header', () => {
    const kernel = openKernel()
    using program = firstWordOfContext(kernel, BPF_PROG_TYPE_SOCKET_FILTER)
    bpfErrorOf('EINVAL', () => testRunProgram(kernel, { prog_fd: program.fd }))
  })

  bpfTest('refuses a type of program that cannot be run so', () => {
    const kernel = openKernel()
    const insns = asm.assemble([asm.movImm(0, 0), asm.exit()], 'little')
    const prog_type = BPF_PROG_TYPE_TRACEPOINT
    using program = loadProgram(kernel, { prog_type, insn_cnt: 2, insns, license: cString('GPL') })
    bpfErrorOf('ENOTSUPP', () => testRunProgram(kernel, { prog_fd: program.fd }))
  })
})
