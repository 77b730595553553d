import { describe, expect } from 'vitest'
import { openKernel } from '../../src/kernel/linux.ts'
import { AttachError } from '../../src/links/attach_error.ts'
import type { Link } from '../../src/links/link.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { callFunction, FUNCTION, SYSCALL } from './hit_at_will.ts'
import { recordingKernel } from './recording_kernel.ts'
import { bpfTest, featureTest } from './require.ts'
import { Witness } from './witness.ts'

const COOKIE = 0xfedc_ba98_7654_3210n
const CONFIG = ['CONFIG_KPROBE_EVENTS', 'CONFIG_SECURITY']

const attachment =
  (section: string, cookie = 0n) =>
  (): undefined => {
    using witness = new Witness({ section })
    witness.program.attach({ kind: 'kprobe', function: FUNCTION, cookie })
  }

const kprobeTest = featureTest({
  name: 'kprobe',
  since: [4, 17],
  config: CONFIG,
  whyNot: attachment('kprobe'),
})

const cookieTest = featureTest({
  name: 'cookies of kprobes',
  since: [5, 15],
  config: CONFIG,
  whyNot: attachment('kprobe', 1n),
})

describe('a kprobe of the real kernel', () => {
  for (const section of [
    `kprobe/${FUNCTION}`,
    `kretprobe/${FUNCTION}`,
    `ksyscall/${SYSCALL}`,
    `kretsyscall/${SYSCALL}`,
  ]) {
    kprobeTest(`of section ${section} runs with every call, until its link is closed`, () => {
      const recording = recordingKernel(openKernel())
      {
        using witness = new Witness({ section, options: { kernel: recording.kernel } })
        const [link] = witness.object.attach()
        expect(witness.hitsDuring(callFunction)).toBe(1)
        link!.close()
        expect(witness.hitsDuring(callFunction)).toBe(0)
      }
      expect(recording.openDescriptors().size).toBe(0)
    })
  }

  kprobeTest('is hit at an instruction in the function, too', () => {
    using witness = new Witness({ section: 'kprobe' })
    const link = attachInside(witness)
    expect(link.target).toMatch(new RegExp(`^kprobe ${FUNCTION}\\+0x`))
    expect(witness.hitsDuring(callFunction)).toBe(1)
  })

  kprobeTest('runs twice where it is attached twice', () => {
    using witness = new Witness({ section: `kprobe/${FUNCTION}` })
    const first = witness.program.attach()
    witness.program.attach()
    expect(witness.hitsDuring(callFunction)).toBe(2)
    first.close()
    expect(witness.hitsDuring(callFunction)).toBe(1)
  })

  cookieTest('gives the program the cookie of each link', () => {
    for (const kind of ['kprobe', 'kretprobe'] as const) {
      using witness = new Witness({ section: kind, cookie: 'kept' })
      witness.program.attach({ kind, function: FUNCTION, cookie: COOKIE })
      callFunction()
      expect(witness.cookie).toBe(COOKIE)
    }
    using witness = new Witness({ section: 'ksyscall', cookie: 'kept' })
    witness.program.attach({ kind: 'ksyscall', name: SYSCALL, cookie: 3n })
    callFunction()
    expect(witness.cookie).toBe(3n)
  })

  kprobeTest('needs a function that is there, and says which may have been meant', () => {
    using witness = new Witness({ section: `kprobe/${FUNCTION.slice(0, -1)}` })
    const error = bpfErrorOf('ATTACH_FAILED', () => witness.program.attach())
    expect(error).toMatchObject({ cause: { code: 'ENOENT' } })
    expect(error.message).toContain(`did you mean ${FUNCTION}`)
    using syscall = new Witness({ section: 'ksyscall/no_such_call' })
    bpfErrorOf('ATTACH_FAILED', () => syscall.program.attach())
  })

  kprobeTest('needs a place where an instruction starts', () => {
    using witness = new Witness({ section: `kprobe/${FUNCTION}+1` })
    bpfErrorOf('ATTACH_FAILED', () => witness.program.attach())
  })

  bpfTest('is attached to nothing by a program of other sections', () => {
    using witness = new Witness({ section: 'raw_tp' })
    bpfErrorOf('ATTACH_WRONG_PROGRAM', () => witness.program.attach({ kind: 'kprobe', function: FUNCTION }))
  })
})

/** Behind what ftrace has for itself at the start of a function, an instruction starts every few bytes. */
function attachInside(witness: Witness): Link {
  for (let offset = 6; offset < 40; offset++) {
    try {
      return witness.program.attach({ kind: 'kprobe', function: FUNCTION, offset })
    } catch (error) {
      if (!(error instanceof AttachError)) throw error
    }
  }
  throw new Error('no instruction starts in the function')
}
