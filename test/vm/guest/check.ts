import { readFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { checkObject, type ObjectCheck, refused } from '../../../src/check/check_object.ts'
import { readKernels } from '../../../src/commands/read_kernels.ts'
import { BpfError, openObject } from '../../../src/index.ts'
import { openKernel } from '../../../src/kernel/linux.ts'
import { bpfTest } from '../../kernel/require.ts'
import type { BuiltObject } from '../../oracle/corpus.ts'
import { BPFFS, loadWithRawbpf, type Outcome } from '../../oracle/peers.ts'

/** Refused, although nothing is missing of what the kernel's types tell: why, by the name of the source. */
const BEYOND_TYPES: Readonly<Record<string, string>> = {
  externs_ksym_typed: 'a kernel without a symbol for what its types describe (runqueues)',
  functions_arg_ctx: "older verifiers want a global function's argument to be typed otherwise",
  maps_arena_values: 'older kernels sign-extend no loads from arenas',
  maps_arena_too_small: 'the size of a page decides',
  maps_unused_fails: 'a map without entries',
  programs_fentry: 'older kernels let fewer functions sleep',
  programs_legacy_license: 'which helpers are for GPL programs alone, no type tells',
  programs_sleepable_tracepoints: 'which tracepoints may sleep, no type tells',
  programs_struct_ops_unused: 'no map refers to the program',
}

/**
 * What `rawbpf check` says of the oracle's corpus from this kernel's types alone, beside what loading says: an object of which it says
 * no is refused, and one of which it says yes is loaded.
 */
const objects = JSON.parse(readFileSync('oracle/objects.json', 'utf8')) as readonly BuiltObject[]
const kernels = readKernels(['/sys/kernel/btf'])

function contradiction({ verdict, findings }: ObjectCheck, outcome: Outcome): string | undefined {
  // Kernels load kprobe and tc programs of attach types that they do not know, which then cannot be attached.
  const forLoading = findings.filter((each) => each.verdict === 'no' && each.subject !== 'attach type')
  if (outcome.kind === 'loaded' && forLoading.length > 0) {
    return `no, and it is loaded: ${forLoading.map(({ why }) => why).join('; ')}`
  }
  if (verdict === 'yes' && outcome.kind === 'failed') return `yes, and it is not loaded: ${outcome.text}`
  return undefined
}

async function check(path: string): Promise<ObjectCheck> {
  try {
    return checkObject(await openObject(path), kernels[0]!)
  } catch (error) {
    if (!(error instanceof BpfError)) throw error
    return refused(path, error.message)
  }
}

describe('what check says is what happens', () => {
  beforeAll(() => {
    execFileSync('mount', ['-t', 'bpf', 'bpf', BPFFS])
  })
  afterAll(() => {
    execFileSync('umount', [BPFFS])
  })

  for (const object of objects) {
    bpfTest(object.name, async () => {
      const found = contradiction(await check(object.path), await loadWithRawbpf(openKernel(), object.path))
      const isExplained = Object.hasOwn(BEYOND_TYPES, object.source.name) && found?.startsWith('yes') === true
      expect(isExplained ? undefined : found).toBeUndefined()
    })
  }
})
