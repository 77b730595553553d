import { readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { openKernel } from '../../../src/kernel/linux.ts'
import { compareSnapshots } from '../../oracle/compare.ts'
import type { BuiltObject } from '../../oracle/corpus.ts'
import { BPFFS, loadWithBpftool, loadWithRawbpf, type Outcome } from '../../oracle/peers.ts'
import { bpfTest } from '../../kernel/require.ts'
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll } from 'vitest'

/**
 * The corpus of the oracle on this kernel: whatever libbpf makes of an object here, rawbpf makes of it, too. An old kernel
 * refuses many of them; then both fail.
 */
const objects = JSON.parse(readFileSync('oracle/objects.json', 'utf8')) as readonly BuiltObject[]

const bpftool = { file: 'bpftool', args: [] }

function differences(object: BuiltObject, ours: Outcome, theirs: Outcome): readonly string[] {
  if (ours.kind === 'failed' && !ours.typed) return [`rawbpf threw no BpfError: ${ours.text}`]
  if (object.source.expect === 'rawbpf' && ours.kind === 'loaded') return []
  if (ours.kind === 'loaded' && theirs.kind === 'loaded') {
    const found = compareSnapshots(ours.snapshot, theirs.snapshot)
    // Where bpftool goes on without the types that the kernel refused, everything that has to do with types differs.
    return object.source.expect === 'types' ? [] : found
  }
  if (ours.kind === theirs.kind) return []
  return [ours, theirs].map((outcome, index) => {
    const who = index === 0 ? 'rawbpf' : 'bpftool'
    return outcome.kind === 'loaded' ? `${who} loads it` : `${who} does not: ${outcome.text}`
  })
}

describe('an object is loaded as libbpf loads it, or fails as there', () => {
  beforeAll(() => {
    execFileSync('mount', ['-t', 'bpf', 'bpf', BPFFS])
  })
  afterAll(() => {
    execFileSync('umount', [BPFFS])
  })

  for (const object of objects) {
    bpfTest(object.name, async () => {
      const ours = await loadWithRawbpf(openKernel(), object.path)
      const theirs = loadWithBpftool(openKernel(), bpftool, object.path)
      expect(differences(object, ours, theirs)).toEqual([])
    })
  }
})
