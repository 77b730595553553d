import { describe, expect, it } from 'vitest'
import { ownedProgram } from '../../src/links/owned_program.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { BpfKernel } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'

describe('ownedProgram', () => {
  it('is a descriptor of its own, which the program does not close', () => {
    const kernel = new BpfKernel()
    const program = programIn(kernel, 'xdp')
    const own = ownedProgram({ kernel, program, observer: undefined })
    expect(own.fd).not.toBe(program.fd)
    program.close()
    expect(kernel.descriptors.get(own.fd)).toBe('program')
    bpfErrorOf('DESCRIPTOR_CLOSED', () => ownedProgram({ kernel, program, observer: undefined }))
  })
})
