import { describe, expect, it } from 'vitest'
import { PROG_TEST_RUN } from '../../src/abi/bpf_attr.ts'
import { decodeAttr } from '../../src/abi/decode_attr.ts'
import type { EncodedAttr } from '../../src/abi/encoded_attr.ts'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import { readSectionName } from '../../src/object/section_names.ts'
import { BpfProgram } from '../../src/programs/bpf_program.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'

interface Run {
  readonly command: number
  readonly attr: EncodedAttr
}

/** A program in a kernel that answers a test run with 7 returned, 14 bytes and 250 ns. */
function program(): { readonly program: BpfProgram; readonly runs: Run[] } {
  const kernel = new FakeKernel()
  const runs: Run[] = []
  const read = readSectionName('socket')
  if (read.kind === 'unknown') throw new Error(read.reason)
  const descriptor = new FileDescriptor(kernel, kernel.allocate('program'), 'program main')
  kernel.onBpf = (command, attr) => {
    runs.push({ command, attr: { ...attr, bytes: attr.bytes.slice() } })
    const view = new DataView(attr.bytes.buffer, attr.bytes.byteOffset)
    view.setUint32(4, 7, true)
    view.setUint32(12, 14, true)
    view.setUint32(36, 250, true)
    return 0
  }
  return { program: new BpfProgram(kernel, descriptor, 'main', read.section), runs }
}

describe('BpfProgram.testRun', () => {
  it('hands the data over and gives what the kernel stored', () => {
    const { program: main, runs } = program()
    const dataIn = new Uint8Array(14)
    expect(main.testRun({ dataIn, repeat: 3 })).toEqual({
      retval: 7,
      duration: 250,
      dataSizeOut: 14,
      ctxSizeOut: 0,
    })
    expect(runs).toHaveLength(1)
    expect(runs[0]!.command).toBe(PROG_TEST_RUN.command)
    expect(runs[0]!.attr.pointers).toEqual([{ field: 'data_in', offset: 16, target: dataIn }])
    expect(decodeAttr(PROG_TEST_RUN, runs[0]!.attr.bytes)).toMatchObject({
      prog_fd: 100,
      data_size_in: 14,
      data_size_out: 0,
      repeat: 3,
    })
  })

  it('reserves the bytes that the kernel answers in although nothing is asked behind the descriptor', () => {
    const { program: main, runs } = program()
    expect(main.testRun()).toEqual({ retval: 7, duration: 250, dataSizeOut: 14, ctxSizeOut: 0 })
    expect(runs[0]!.attr.bytes).toHaveLength(48)
    expect(runs[0]!.attr.pointers).toEqual([])
  })

  it('refuses a count of runs that is none', () => {
    const { program: main, runs } = program()
    bpfErrorOf('ABI_VALUE_OUT_OF_RANGE', () => main.testRun({ repeat: -1 }))
    bpfErrorOf('ABI_VALUE_OUT_OF_RANGE', () => main.testRun({ repeat: 1.5 }))
    expect(runs).toEqual([])
  })

  it('refuses to run once the program was closed', () => {
    const { program: main, runs } = program()
    main.close()
    bpfErrorOf('DESCRIPTOR_CLOSED', () => main.testRun())
    expect(runs).toEqual([])
  })
})
