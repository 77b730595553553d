import { describe, expect } from 'vitest'
import { loadMem, storeImm } from '../../src/insn/assemble.ts'
import { BPF_DW, BPF_W } from '../../src/insn/opcodes.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { hitTracepoint, TRACEPOINT } from './hit_at_will.ts'
import { recordingKernel } from './recording_kernel.ts'
import { bpfTest, featureTest } from './require.ts'
import { Witness } from './witness.ts'

const cookieTest = featureTest({
  name: 'cookies of raw tracepoints',
  since: [6, 10],
  whyNot: () => {
    using witness = new Witness({ section: 'raw_tp' })
    witness.program.attach({ kind: 'raw_tracepoint', name: TRACEPOINT, cookie: 1n })
    return undefined
  },
})

describe('a raw tracepoint of the real kernel', () => {
  bpfTest('runs the program with every hit, until the link is closed', () => {
    const recording = recordingKernel(openKernel())
    {
      using witness = new Witness({ section: `raw_tp/${TRACEPOINT}`, options: { kernel: recording.kernel } })
      const [link] = witness.object.attach()
      expect(link!.info()).toMatchObject({ typeName: 'BPF_LINK_TYPE_RAW_TRACEPOINT' })
      expect(witness.hitsDuring(hitTracepoint)).toBe(1)
      link!.close()
      expect(witness.hitsDuring(hitTracepoint)).toBe(0)
    }
    expect(recording.openDescriptors().size).toBe(0)
  })

  bpfTest('is attached twice to where the kernel can, and refused where not', () => {
    using witness = new Witness({ section: `raw_tp/${TRACEPOINT}` })
    witness.program.attach()
    try {
      witness.program.attach()
      expect(witness.hitsDuring(hitTracepoint)).toBe(2)
    } catch (error) {
      expect(error).toMatchObject({ code: 'ATTACH_FAILED', cause: { code: 'EEXIST' } })
      expect(witness.hitsDuring(hitTracepoint)).toBe(1)
    }
  })

  cookieTest('gives the program its cookie', () => {
    using witness = new Witness({ section: 'raw_tp', cookie: 'kept' })
    witness.program.attach({ kind: 'raw_tracepoint', name: TRACEPOINT, cookie: 0xfedc_ba98_7654_3210n })
    hitTracepoint()
    expect(witness.cookie).toBe(0xfedc_ba98_7654_3210n)
  })

  bpfTest('lets a writable program write what the tracepoint hands out', () => {
    // *(int *)args[0] = -EBADMSG
    const before = [loadMem(BPF_DW, 1, 6, 0), storeImm(BPF_W, 1, 0, -74)]
    using witness = new Witness({ section: `raw_tp.w/${TRACEPOINT}`, before })
    using link = witness.program.attach()
    expect(hitTracepoint()).toBe('EBADMSG')
    link.close()
    expect(hitTracepoint()).toBeUndefined()
  })

  bpfTest('that is not there is an error with the closest names', () => {
    using witness = new Witness({ section: 'raw_tp/sched_process_exac' })
    const error = bpfErrorOf('ATTACH_FAILED', () => witness.program.attach())
    expect(error).toMatchObject({ cause: { code: 'ENOENT' } })
    expect(error.message).toContain('this kernel has no tracepoint sched_process_exac')
  })

  bpfTest('is no place for other programs', () => {
    using witness = new Witness({ section: 'tp/sched/sched_process_exec' })
    bpfErrorOf('ATTACH_WRONG_PROGRAM', () =>
      witness.program.attach({ kind: 'raw_tracepoint', name: TRACEPOINT }),
    )
  })

  bpfTest('takes no program that was closed', () => {
    using witness = new Witness({ section: `raw_tp/${TRACEPOINT}` })
    witness.program.close()
    bpfErrorOf('DESCRIPTOR_CLOSED', () => witness.program.attach())
    witness.object.close()
    bpfErrorOf('OBJECT_CLOSED', () => witness.program.attach())
  })
})
