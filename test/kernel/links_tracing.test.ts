import { describe, expect } from 'vitest'
import { bpf_attach_type } from '../../src/abi/generated/bpf.ts'
import type { KernelVersion } from '../../src/kernel/kernel_version.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { readPermissionFacts } from '../../src/kernel/permission_facts.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { callFunction, FUNCTION, hitTracepoint, TRACEPOINT } from './hit_at_will.ts'
import { recordingKernel } from './recording_kernel.ts'
import { createVethPair, inNetworkNamespace } from './network_namespace.ts'
import { bpfTest, featureTest } from './require.ts'
import { Witness } from './witness.ts'

const COOKIE = 0xfedc_ba98_7654_3210n
const EPERM = 1

/** Programs of functions run in trampolines, which arm64 has since 6.0, and ftrace calls them directly there since 6.4. */
const TRAMPOLINES: KernelVersion = process.arch === 'arm64' ? [6, 4] : [5, 7]
const CONFIG = ['CONFIG_DEBUG_INFO_BTF', 'CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS', 'CONFIG_SECURITY']

/** Why a program of this section cannot be attached; where it can there is no reason. */
const attachment =
  (section: string, cookie = 0n) =>
  (): undefined => {
    using witness = new Witness({ section })
    witness.program.attach({ kind: 'tracing', cookie })
  }

const functionTest = (kind: string): ReturnType<typeof featureTest> =>
  featureTest({ name: kind, since: TRAMPOLINES, config: CONFIG, whyNot: attachment(`${kind}/${FUNCTION}`) })

const tests = {
  fentry: functionTest('fentry'),
  fexit: functionTest('fexit'),
  fmod_ret: functionTest('fmod_ret'),
}

/** arm64 has no sessions in 7.0 yet. */
const sessionTest = featureTest({
  name: 'fsession',
  since: process.arch === 'arm64' ? [7, 1] : [7, 0],
  config: CONFIG,
  whyNot: attachment(`fsession/${FUNCTION}`),
})

/** A function of a module, which runs in the process that makes a pair of interfaces. */
const MODULE_FUNCTION = 'veth_newlink'

const moduleTest = featureTest({
  name: 'fentry of functions of modules',
  since: process.arch === 'arm64' ? TRAMPOLINES : [5, 11],
  config: ['CONFIG_DEBUG_INFO_BTF_MODULES', 'CONFIG_VETH', ...CONFIG],
  whyNot: attachment(`fentry/veth:${MODULE_FUNCTION}`),
})

const attachTypes = {
  fentry: bpf_attach_type.BPF_TRACE_FENTRY,
  fexit: bpf_attach_type.BPF_TRACE_FEXIT,
  fmod_ret: bpf_attach_type.BPF_MODIFY_RETURN,
}

const tpBtfTest = featureTest({ name: 'tp_btf', since: [5, 5], whyNot: attachment(`tp_btf/${TRACEPOINT}`) })

const lsmTest = featureTest({
  name: 'LSM programs',
  since: TRAMPOLINES,
  config: ['CONFIG_BPF_LSM', ...CONFIG],
  whyNot: attachment('lsm/task_setnice'),
})

const cookieTest = featureTest({
  name: 'cookies of tracing programs',
  since: process.arch === 'arm64' ? TRAMPOLINES : [5, 19],
  config: CONFIG,
  whyNot: attachment(`fentry/${FUNCTION}`, 1n),
})

/** A kernel without them attaches the program nevertheless, and has no helper that would ask for the cookie. */
const tpBtfCookieTest = featureTest({
  name: 'cookies of tp_btf programs',
  since: [6, 10],
  whyNot: () => {
    using witness = new Witness({ section: `tp_btf/${TRACEPOINT}`, cookie: 'kept' })
    witness.program.attach({ kind: 'tracing', cookie: 1n })
    return undefined
  },
})

describe('a tp_btf program of the real kernel', () => {
  tpBtfTest('runs with every hit of the tracepoint, until its link is closed', () => {
    const recording = recordingKernel(openKernel())
    {
      using witness = new Witness({
        section: `tp_btf/${TRACEPOINT}`,
        options: { kernel: recording.kernel },
      })
      const [link] = witness.object.attach()
      expect(link!.target).toBe(`tp_btf ${TRACEPOINT}`)
      expect(witness.hitsDuring(hitTracepoint)).toBe(1)
      link!.close()
      expect(witness.hitsDuring(hitTracepoint)).toBe(0)
    }
    expect(recording.openDescriptors().size).toBe(0)
  })

  tpBtfCookieTest('gets its cookie', () => {
    using witness = new Witness({ section: `tp_btf/${TRACEPOINT}`, cookie: 'kept' })
    witness.program.attach({ kind: 'tracing', cookie: COOKIE })
    hitTracepoint()
    expect(witness.cookie).toBe(COOKIE)
  })
})

describe('a program of a function of the real kernel', () => {
  for (const kind of ['fentry', 'fexit', 'fmod_ret'] as const) {
    tests[kind](`runs as ${kind} with every call, until its link is closed`, () => {
      using witness = new Witness({ section: `${kind}/${FUNCTION}` })
      const link = witness.program.attach()
      const attach_type = attachTypes[kind]
      expect(link.info()).toMatchObject({ details: { type: 'BPF_LINK_TYPE_TRACING', attach_type } })
      expect(witness.hitsDuring(callFunction)).toBe(1)
      link.close()
      expect(witness.hitsDuring(callFunction)).toBe(0)
    })
  }

  sessionTest('runs as fsession with every entry and every return, until its link is closed', () => {
    using witness = new Witness({ section: `fsession/${FUNCTION}` })
    const link = witness.program.attach()
    expect(link.info()).toMatchObject({ typeName: 'BPF_LINK_TYPE_TRACING' })
    expect(witness.hitsDuring(callFunction)).toBe(2)
    link.close()
    expect(witness.hitsDuring(callFunction)).toBe(0)
  })

  sessionTest('gets its cookie as fsession', () => {
    using witness = new Witness({ section: `fsession/${FUNCTION}`, cookie: 'kept' })
    witness.program.attach({ kind: 'tracing', cookie: COOKIE })
    callFunction()
    expect(witness.cookie).toBe(COOKIE)
  })

  for (const place of [MODULE_FUNCTION, `veth:${MODULE_FUNCTION}`]) {
    moduleTest(`runs with every call in a module, which it finds as ${place}`, async () => {
      using witness = new Witness({ section: `fentry/${place}` })
      witness.program.attach()
      await inNetworkNamespace(() => {
        const makePair = (): void => {
          createVethPair('rawbpf-a', 'rawbpf-b')
        }
        expect(witness.hitsDuring(makePair)).toBe(1)
      })
    })
  }

  tests.fmod_ret('gives the function another result', () => {
    using witness = new Witness({ section: `fmod_ret/${FUNCTION}`, returns: -EPERM })
    expect(callFunction()).toBeUndefined()
    using link = witness.program.attach()
    expect(callFunction()).toBe('EPERM')
    link.close()
    expect(callFunction()).toBeUndefined()
  })

  tests.fentry('can be chosen when the program is loaded', () => {
    using witness = new Witness({
      section: 'fentry',
      options: { targets: { witness: { place: FUNCTION } } },
    })
    witness.program.attach()
    expect(witness.hitsDuring(callFunction)).toBe(1)
  })

  tests.fentry('is attached by one link at a time', () => {
    using witness = new Witness({ section: `fentry/${FUNCTION}` })
    witness.program.attach()
    const error = bpfErrorOf('ATTACH_FAILED', () => witness.program.attach())
    expect(error.message).toContain('attached')
    expect(witness.hitsDuring(callFunction)).toBe(1)
  })

  tests.fentry('is attached again after its link was closed, or an old kernel is said not to do that', () => {
    using witness = new Witness({ section: `fentry/${FUNCTION}` })
    witness.program.attach().close()
    try {
      witness.program.attach()
      expect(witness.hitsDuring(callFunction)).toBe(1)
    } catch (error) {
      expect(error).toMatchObject({ code: 'ATTACH_FAILED', cause: { code: 'ENOENT' } })
      expect(String(error)).toContain('kernels before 5.13')
    }
  })

  for (const kind of ['fentry', 'fexit', 'fmod_ret']) {
    cookieTest(`gives an ${kind} program its cookie`, () => {
      using witness = new Witness({ section: `${kind}/${FUNCTION}`, cookie: 'kept' })
      witness.program.attach({ kind: 'tracing', cookie: COOKIE })
      callFunction()
      expect(witness.cookie).toBe(COOKIE)
    })
  }

  bpfTest('has to be there', () => {
    const load = (section: string): Witness => new Witness({ section })
    const { message } = bpfErrorOf('LOAD_ATTACH_TARGET_NOT_FOUND', () => load('fentry/security_task_setnic'))
    expect(message).toContain('has no func security_task_setnic')
    expect(message).toContain('did you mean security_task_setnice?')
    bpfErrorOf('LOAD_ATTACH_TARGET_NOT_FOUND', () => load('fentry/no_such_module:security_task_setnice'))
  })
})

describe('an LSM program of the real kernel', () => {
  lsmTest('decides, where bpf is among the active security modules', () => {
    using witness = new Witness({ section: 'lsm/task_setnice', returns: -EPERM })
    using link = witness.program.attach()
    expect(link.info()).toMatchObject({ typeName: 'BPF_LINK_TYPE_TRACING' })
    const hits = witness.hitsDuring(() => {
      expect(callFunction()).toBe(isActive() ? 'EPERM' : undefined)
    })
    expect(hits).toBe(isActive() ? 1 : 0)
    link.close()
    expect(witness.hitsDuring(callFunction)).toBe(0)
    expect(callFunction()).toBeUndefined()
  })

  lsmTest('gets its cookie, or a kernel before 5.19 says that it has none', () => {
    using witness = new Witness({ section: 'lsm/task_setnice' })
    try {
      expect(witness.program.attach({ kind: 'tracing', cookie: COOKIE }).detached).toBe(false)
    } catch (error) {
      expect(error).toMatchObject({ code: 'ATTACH_FAILED' })
      expect(String(error)).toContain('cookies of tracing programs came with Linux 5.19')
    }
  })
})

/** Security modules that are built in are active only where the command line or CONFIG_LSM has them in its list. */
function isActive(): boolean {
  const modules = readPermissionFacts().securityModules
  if (modules === undefined) throw new Error('the active security modules cannot be read')
  return modules.includes('bpf')
}
