import { existsSync } from 'node:fs'
import { it } from 'vitest'
import { openKernel } from '../../src/kernel/linux.ts'
import { createMap } from '../../src/kernel/bpf_calls.ts'
import { readKernelConfig } from '../../src/kernel/kernel_config.ts'
import { isBefore, type KernelVersion, readKernelVersion } from '../../src/kernel/kernel_version.ts'
import { readTracepointId } from '../../src/kernel/tracefs.ts'

/** Something that a test needs of the machine it runs on. */
export interface Need {
  /** As a test's title says it, e.g. `permission to load BPF`. */
  readonly name: string
  /** Why it is not there, or undefined if it is. */
  readonly whyNot: () => string | undefined
}

type TestBody = () => void | Promise<void>

/**
 * Declares tests that need something of the kernel. Where it is missing they are skipped and their titles say what was
 * missing and why; with RAWBPF_REQUIRE_KERNEL=1 in the environment they fail instead, so that a machine that is meant to
 * run them cannot pass by skipping.
 *
 *     const test = kernelTest('ring buffers', () => probe())
 *     test('a record comes out as it was put in', () => { ... })
 */
export function kernelTest(
  name: string,
  whyNot: Need['whyNot'],
): (title: string, body: TestBody, timeout?: number) => void {
  let missing: string | undefined
  try {
    missing = whyNot()
  } catch (error) {
    missing = String(error)
  }
  return (title, body, timeout) => {
    if (missing === undefined) {
      it(title, body, timeout)
    } else if (process.env['RAWBPF_REQUIRE_KERNEL'] === '1') {
      it(title, () => {
        throw new Error(`RAWBPF_REQUIRE_KERNEL=1, and this machine does not have ${name}: ${missing}`)
      })
    } else {
      it.skip(`${title} (needs ${name}: ${missing})`, body)
    }
  }
}

/** Tests that issue system calls and need no rights. */
export const linuxTest = kernelTest('Linux', () => {
  openKernel()
  return undefined
})

/** Tests that load maps and programs. */
export const bpfTest = kernelTest('permission to load BPF', () => {
  createMap(openKernel(), { map_type: 2, key_size: 4, value_size: 4, max_entries: 1 }).close()
  return undefined
})

/** Tests that read the kernel's own BTF. */
export const kernelBtfTest = kernelTest("the kernel's BTF", () =>
  existsSync('/sys/kernel/btf/vmlinux') ? undefined : '/sys/kernel/btf/vmlinux does not exist',
)

/** Tests that attach to tracepoints. */
export const tracepointTest = kernelTest('tracefs', () => {
  readTracepointId(openKernel(), 'sched', 'sched_process_exec')
  return undefined
})

/** A feature of the kernel that not every kernel has which people run. */
export interface KernelFeature {
  /** As titles and docs/kernels.md say it, e.g. `fentry`. */
  readonly name: string
  /** The release that brought it. */
  readonly since: KernelVersion
  /** Options of the kernel's configuration that it needs; one that is off explains why it is not there. */
  readonly config?: readonly string[]
  /** The probe: why it is not there, as the kernel answered, or undefined if it is. */
  readonly whyNot: Need['whyNot']
}

/**
 * Declares tests of a feature that older kernels, or kernels that are built without it, lack. There they are skipped, and
 * their titles say what is missing, which release or option brings it, and what the probe found. Where the kernel is new
 * enough and has the options, a probe that finds nothing is a failure: the probe is wrong then, or the feature is broken.
 * The one exception is a refusal with EPERM, by which a machine's policy keeps a feature off; guests of `npm run test:vm`
 * have no such policy, and there it is a failure too.
 *
 *     const test = featureTest({ name: 'fentry', since: [5, 5], config: ['CONFIG_FUNCTION_TRACER'], whyNot: () => probe() })
 *     test('sees every call', () => { ... })
 */
export function featureTest(feature: KernelFeature): ReturnType<typeof kernelTest> {
  const { name, since } = feature
  const missing = answerOf(feature.whyNot)
  const excuse = missing === undefined ? undefined : excuseFor(feature, missing)
  const release = `Linux ${since.join('.')}`
  return (title, body, timeout) => {
    featureTests.push({ feature: name, since: release, title, missing, excuse })
    if (missing === undefined) it(title, body, timeout)
    else if (excuse !== undefined)
      it.skip(`${title} (needs ${name}, ${release}: ${excuse}: ${missing})`, body)
    else
      it(title, () => {
        throw new Error(
          `this kernel is to have ${name}, which came with ${release}, and the probe says: ${missing}`,
        )
      })
  }
}

/** A test that featureTest() declared. */
export interface FeatureTest {
  readonly feature: string
  readonly since: string
  readonly title: string
  /** What the probe said, undefined where the feature is there. */
  readonly missing: string | undefined
  /** Why it may be missing, undefined where it may not or is not. */
  readonly excuse: string | undefined
}

/** All of them so far, for the table of kernels and features. */
export const featureTests: FeatureTest[] = []

function answerOf(whyNot: Need['whyNot']): string | undefined {
  try {
    return whyNot()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function excuseFor({ since, config = [] }: KernelFeature, missing: string): string | undefined {
  const version = readKernelVersion()
  if (version === undefined || isBefore(version, since)) return 'this kernel is older'
  const off = config.find((option) => configText() !== undefined && !isSet(option))
  if (off !== undefined) return `this kernel is built without ${off}`
  const isGuest = process.env['RAWBPF_GUEST'] === '1'
  return !isGuest && missing.includes('EPERM') ? 'a policy of this machine' : undefined
}

const isSet = (option: string): boolean => new RegExp(`^${option}=[^n]`, 'm').test(configText() ?? '')

let knownConfig: { readonly text: string | undefined } | undefined

function configText(): string | undefined {
  knownConfig ??= { text: readConfigText() }
  return knownConfig.text
}

function readConfigText(): string | undefined {
  try {
    return readKernelConfig(openKernel()).text
  } catch {
    return undefined
  }
}
