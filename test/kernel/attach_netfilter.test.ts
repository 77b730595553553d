import { describe, expect } from 'vitest'
import { bpfErrorOf } from '../base/expect_error.ts'
import { loadCounting, runs } from './counting_object.ts'
import { inNetworkNamespace, whyNotInNetworkNamespace } from './network_namespace.ts'
import { packetArrives } from './packets.ts'
import { featureTest } from './require.ts'

const NF_DROP = 0
const NF_ACCEPT = 1
const INPUT = { kind: 'netfilter', family: 'ipv4', hook: 'input', priority: 10 } as const

const netfilterTest = featureTest({
  name: 'netfilter programs',
  since: [6, 4],
  config: ['CONFIG_NETFILTER_BPF_LINK'],
  whyNot: () =>
    whyNotInNetworkNamespace(() => {
      using object = loadCounting([{ section: 'netfilter', returns: NF_ACCEPT }])
      object.program('main').attach(INPUT)
    }),
})

describe('netfilter programs of a real kernel', () => {
  for (const hook of ['prerouting', 'input', 'output', 'postrouting'] as const) {
    netfilterTest(`see and drop packets at ${hook}, until their link is closed`, async () => {
      await inNetworkNamespace(async () => {
        using object = loadCounting([{ section: 'netfilter', returns: NF_DROP }])
        expect(object.attach()).toEqual([])
        const link = object.program('main').attach({ ...INPUT, hook })
        expect(link.info().typeName).toBe('BPF_LINK_TYPE_NETFILTER')
        expect(await packetArrives()).toBe(false)
        const seen = runs(object)
        expect(seen).toBeGreaterThan(0)
        link.close()
        expect(await packetArrives()).toBe(true)
        expect(runs(object)).toBe(seen)
      })
    })
  }

  netfilterTest('have a priority each', async () => {
    await inNetworkNamespace(() => {
      using object = loadCounting([{ section: 'netfilter', returns: NF_ACCEPT }])
      const program = object.program('main')
      program.attach(INPUT)
      program.attach({ ...INPUT, priority: -10 })
      program.attach({ ...INPUT, family: 'ipv6' })
      bpfErrorOf('ATTACH_OCCUPIED', () => program.attach(INPUT))
      for (const priority of [-(2 ** 31), 2 ** 31 - 1, 2 ** 31, 0.5]) {
        bpfErrorOf('ATTACH_FAILED', () => program.attach({ ...INPUT, priority }))
      }
      bpfErrorOf('ATTACH_NO_TARGET', () => program.attach())
      program.close()
      bpfErrorOf('DESCRIPTOR_CLOSED', () => program.attach(INPUT))
    })
  })
})
