import { closeSync, openSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { bpf_attach_type } from '../../src/abi/generated/bpf.ts'
import { fdNumber } from '../../src/base/units.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { queryPrograms } from '../../src/kernel/prog_attach.ts'
import type { AttachTypeName } from '../../src/object/section_definitions.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { loadCounting, runs } from './counting_object.ts'
import { inNetworkNamespace, networkTest } from './network_namespace.ts'
import { packetArrives } from './packets.ts'

const SK_DROP = 0
const SK_PASS = 1
const OWN = '/proc/thread-self/ns/net'

function attached(type: AttachTypeName): readonly number[] {
  const fd = openSync(OWN, 'r')
  try {
    const target = { target_fd: fdNumber(fd) }
    return queryPrograms(openKernel(), target, bpf_attach_type[type]).programs.map(({ id }) => id)
  } finally {
    closeSync(fd)
  }
}

describe('programs of a real network namespace', () => {
  networkTest('for socket lookups decide who gets a packet, until their link is closed', async () => {
    await inNetworkNamespace(async () => {
      using object = loadCounting([{ section: 'sk_lookup', returns: SK_DROP }])
      expect(object.attach()).toEqual([])
      const link = object.program('main').attach({ kind: 'netns' })
      expect(link.info()).toMatchObject({ typeName: 'BPF_LINK_TYPE_NETNS' })
      expect(attached('BPF_SK_LOOKUP')).toEqual([link.info().programId])
      expect(await packetArrives()).toBe(false)
      const seen = runs(object)
      expect(seen).toBeGreaterThan(0)
      link.close()
      expect(await packetArrives()).toBe(true)
      expect(runs(object)).toBe(seen)
      expect(attached('BPF_SK_LOOKUP')).toEqual([])
    })
  })

  networkTest('are attached to the namespace of a path or a descriptor, and to no other', async () => {
    using object = loadCounting([{ section: 'sk_lookup', returns: SK_PASS }])
    const program = object.program('main')
    let inside = -1
    await inNetworkNamespace(() => {
      inside = openSync(OWN, 'r')
      using link = program.attach({ kind: 'netns', path: OWN })
      expect(attached('BPF_SK_LOOKUP')).toEqual([link.info().programId])
    })
    const before = attached('BPF_SK_LOOKUP')
    using link = program.attach({ kind: 'netns', fd: inside })
    expect(attached('BPF_SK_LOOKUP')).toEqual(before)
    link.update(program)
    closeSync(inside)
  })

  networkTest('for dissecting flows are there once', async () => {
    await inNetworkNamespace(() => {
      // BPF_OK
      using object = loadCounting([{ section: 'flow_dissector', returns: 0 }])
      const program = object.program('main')
      using link = program.attach({ kind: 'netns' })
      expect(attached('BPF_FLOW_DISSECTOR')).toEqual([link.info().programId])
      const error = bpfErrorOf('ATTACH_OCCUPIED', () => program.attach({ kind: 'netns' }))
      expect(error.message).toContain('of this kind')
      link.close()
      expect(attached('BPF_FLOW_DISSECTOR')).toEqual([])
    })
  })

  networkTest('need a namespace', () => {
    using object = loadCounting([
      { section: 'sk_lookup', returns: SK_PASS },
      { section: 'xdp', name: 'xdp', returns: 2 },
    ])
    const program = object.program('main')
    for (const target of [
      { kind: 'netns', path: '/no/such/namespace' },
      { kind: 'netns', path: '/dev/null' },
      { kind: 'netns', fd: 1_000_000 },
    ] as const) {
      expect(bpfErrorOf('ATTACH_FAILED', () => program.attach(target)).program).toBe('main')
    }
    bpfErrorOf('ATTACH_WRONG_PROGRAM', () => object.program('xdp').attach({ kind: 'netns' }))
    program.close()
    bpfErrorOf('DESCRIPTOR_CLOSED', () => program.attach({ kind: 'netns' }))
  })
})
