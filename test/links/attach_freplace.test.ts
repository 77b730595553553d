import { describe, expect, it } from 'vitest'
import type { StructValues } from '../../src/abi/attr_table.ts'
import { LINK_CREATE_TRACING } from '../../src/abi/tracing_attr.ts'
import { decodeAttr } from '../../src/abi/decode_attr.ts'
import { fdNumber } from '../../src/base/units.ts'
import { attachFreplace } from '../../src/links/attach_freplace.ts'
import type { FreplaceTarget } from '../../src/object/attach_target.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { BpfKernel } from '../loader/bpf_kernel.ts'
import { haveBtfs } from '../loader/kernel_modules.ts'
import { targetTypes, withBtf } from '../loader/target_program.ts'
import { programIn } from './program_in.ts'

function attach(
  section: string,
  target: Omit<FreplaceTarget, 'kind'> = {},
): { target: string; call: unknown; open: number } {
  const fake = new BpfKernel()
  fake.answers.BPF_RAW_TRACEPOINT_OPEN = () => fake.allocate('link')
  haveBtfs(fake, [{ id: 7, name: '', bytes: targetTypes(), origin: 'user' }])
  withBtf(fake, 7)
  const { kernel, calls } = recordingKernel(fake)
  let given: Partial<StructValues<typeof LINK_CREATE_TRACING>> = {}
  fake.answers.BPF_LINK_CREATE = (attr) => {
    given = decodeAttr(LINK_CREATE_TRACING, attr.bytes)
    return fake.allocate('link')
  }
  const program = programIn(fake, section)
  using link = attachFreplace({ kernel, program, observer: undefined }, { kind: 'freplace', ...target })
  return {
    target: link.target,
    call: {
      command: calls.at(-1)?.command,
      of: given.target_fd,
      id: given['tracing.target_btf_id'],
      cookie: given['tracing.cookie'],
    },
    open: fake.descriptors.size,
  }
}

const other = { fd: fdNumber(55) }

describe('attachFreplace', () => {
  it('replaces the function that the program was verified for', () => {
    expect(attach('freplace/handler')).toEqual({
      target: 'function handler of a BPF program',
      call: { command: 'BPF_RAW_TRACEPOINT_OPEN' },
      open: 2,
    })
  })

  it('replaces the function of that name of another program, found in its types', () => {
    expect(attach('freplace/handler', { program: other })).toEqual({
      target: 'function handler of a BPF program',
      call: { command: 'BPF_LINK_CREATE', of: 55, id: 4, cookie: 0n },
      open: 2,
    })
  })

  it('replaces a function of another name, with a cookie', () => {
    expect(attach('freplace/handler', { program: other, function: 'other', cookie: 3n }).call).toEqual({
      command: 'BPF_LINK_CREATE',
      of: 55,
      id: 5,
      cookie: 3n,
    })
  })

  it('says which functions the other program has', () => {
    const error = bpfErrorOf('ATTACH_FAILED', () => attach('freplace/nothing', { program: other }))
    expect(error.message).toContain('the target program has no function nothing; its BTF has handler, other')
  })

  it('has to know which function of another program', () => {
    bpfErrorOf('ATTACH_NO_TARGET', () => attach('freplace', { program: other }))
  })
})
