import { describe, expect } from 'vitest'
import { bpfErrorOf } from '../base/expect_error.ts'
import { callFunction, FUNCTION } from './hit_at_will.ts'
import { featureTest } from './require.ts'
import { Witness } from './witness.ts'

const COOKIE = 0xfedc_ba98_7654_3210n

/** Matches the function that is hit at will, and hardly another. */
const PATTERN = FUNCTION.replace('task_setn', 'task_?etn').replace(/e$/, '*')

const multiTest = featureTest({
  name: 'fentry.multi',
  since: [7, 2],
  config: ['CONFIG_DEBUG_INFO_BTF', 'CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS', 'CONFIG_SECURITY'],
  whyNot: () => {
    using witness = new Witness({ section: `fentry.multi/${FUNCTION}` })
    witness.object.attach()
    return undefined
  },
})

describe('a program of many functions of the real kernel', () => {
  for (const [kind, hits] of [
    ['fentry.multi', 1],
    ['fexit.multi', 1],
    ['fsession.multi', 2],
  ] as const) {
    multiTest(`of section ${kind} runs with every call of what matches, until its link is closed`, () => {
      using witness = new Witness({ section: `${kind}/${PATTERN}` })
      const [link] = witness.object.attach()
      expect(link!.info()).toMatchObject({ typeName: 'BPF_LINK_TYPE_TRACING_MULTI' })
      expect(witness.hitsDuring(callFunction)).toBe(hits)
      link!.close()
      expect(witness.hitsDuring(callFunction)).toBe(0)
    })
  }

  multiTest('gets the cookie of the function that was called', () => {
    using witness = new Witness({ section: 'fentry.multi', cookie: 'kept' })
    witness.program.attach({
      kind: 'tracing.multi',
      functions: [
        { function: 'security_task_getpgid', cookie: 1n },
        { function: FUNCTION, cookie: COOKIE },
        { function: 'security_task_getsid', cookie: 2n },
      ],
    })
    callFunction()
    expect(witness.cookie).toBe(COOKIE)
  })

  multiTest('needs functions that are there', () => {
    using witness = new Witness({ section: 'fentry.multi' })
    const attach = (name: string): unknown =>
      witness.program.attach({
        kind: 'tracing.multi',
        functions: [{ function: FUNCTION }, { function: name }],
      })
    const error = bpfErrorOf('ATTACH_NO_TARGET', () => attach('no_such_function'))
    expect(error.message).toContain("the kernel's BTF has no function no_such_function")
    bpfErrorOf('ATTACH_NO_TARGET', () =>
      witness.program.attach({ kind: 'tracing.multi', pattern: 'no_such_function_*' }),
    )
  })
})
