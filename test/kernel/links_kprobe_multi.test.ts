import { describe, expect } from 'vitest'
import { bpfErrorOf } from '../base/expect_error.ts'
import { callFunction, FUNCTION } from './hit_at_will.ts'
import { featureTest } from './require.ts'
import { Witness } from './witness.ts'

const COOKIE = 0xfedc_ba98_7654_3210n
const CONFIG = ['CONFIG_FPROBE', 'CONFIG_SECURITY']

const attachment = (section: string) => (): undefined => {
  using witness = new Witness({ section })
  witness.object.attach()
}

const multiTest = featureTest({
  name: 'kprobe.multi',
  since: [5, 18],
  config: CONFIG,
  whyNot: attachment(`kprobe.multi/${FUNCTION}`),
})

const sessionTest = featureTest({
  name: 'kprobe.session',
  since: [6, 10],
  config: CONFIG,
  whyNot: attachment(`kprobe.session/${FUNCTION}`),
})

/** Matches the function that is hit at will, and hardly another. */
const PATTERN = FUNCTION.replace('task_setn', 'task_?etn').replace(/e$/, '*')

describe('a kprobe.multi program of the real kernel', () => {
  for (const kind of ['kprobe.multi', 'kretprobe.multi'] as const) {
    multiTest(`of section ${kind} runs with every call of what matches, until its link is closed`, () => {
      using witness = new Witness({ section: `${kind}/${PATTERN}` })
      const [link] = witness.object.attach()
      expect(link!.info()).toMatchObject({ typeName: 'BPF_LINK_TYPE_KPROBE_MULTI' })
      expect(witness.hitsDuring(callFunction)).toBe(1)
      link!.close()
      expect(witness.hitsDuring(callFunction)).toBe(0)
    })

    multiTest(`of section ${kind} gets the cookie of the function that was called`, () => {
      using witness = new Witness({ section: kind, cookie: 'kept' })
      const functions = [
        { function: 'security_task_getpgid', cookie: 1n },
        { function: FUNCTION, cookie: COOKIE },
        { function: 'security_task_getsid', cookie: 2n },
      ]
      witness.program.attach({ kind, functions })
      callFunction()
      expect(witness.cookie).toBe(COOKIE)
    })
  }

  multiTest('needs functions that are there', () => {
    using witness = new Witness({ section: 'kprobe.multi' })
    const attach = (name: string): unknown =>
      witness.program.attach({
        kind: 'kprobe.multi',
        functions: [{ function: FUNCTION }, { function: name }],
      })
    const error = bpfErrorOf('ATTACH_FAILED', () => attach('no_such_function'))
    expect(error.message).toContain('one of the functions is not there')
    bpfErrorOf('ATTACH_NO_TARGET', () =>
      witness.program.attach({ kind: 'kprobe.multi', pattern: 'no_such_function_*' }),
    )
  })
})

describe('a kprobe.session program of the real kernel', () => {
  sessionTest('runs at the entry and at the return', () => {
    using witness = new Witness({ section: `kprobe.session/${PATTERN}` })
    const [link] = witness.object.attach()
    expect(witness.hitsDuring(callFunction)).toBe(2)
    link!.close()
    expect(witness.hitsDuring(callFunction)).toBe(0)
  })

  sessionTest('runs at the entry alone where it answers 1 to it', () => {
    using witness = new Witness({ section: `kprobe.session/${FUNCTION}`, returns: 1 })
    witness.object.attach()
    expect(witness.hitsDuring(callFunction)).toBe(1)
  })
})
