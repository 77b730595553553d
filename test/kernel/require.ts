import { existsSync } from 'node:fs'
import { it } from 'vitest'
import { openKernel } from '../../src/kernel/linux.ts'
import { createMap } from '../../src/kernel/bpf_calls.ts'
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
