import { describe, expect } from 'vitest'
import { openKernel } from '../../src/kernel/linux.ts'
import { findNetworkInterface } from '../../src/kernel/network_interface.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { loadCounting, runs } from './counting_object.ts'
import {
  createVethPair,
  deleteInterface,
  inNetworkNamespace,
  networkTest,
  vethTest,
} from './network_namespace.ts'
import { packetArrives } from './packets.ts'

const XDP_DROP = 1
const XDP_PASS = 2
const PASS = { section: 'xdp', returns: XDP_PASS }

const onLo = (): number => {
  const { skb, drv, hw } = findNetworkInterface(openKernel(), 'lo').xdp
  return skb + drv + hw
}

describe('XDP on a real interface', () => {
  networkTest('sees every packet and can drop it, by a link, until that is closed', async () => {
    await inNetworkNamespace(async () => {
      using object = loadCounting([{ section: 'xdp', returns: XDP_DROP }])
      expect(object.attach()).toEqual([])
      const link = object.program('main').attach({ kind: 'xdp', interface: 'lo', mode: 'skb' })
      expect(link.info()).toMatchObject({
        programId: onLo(),
        details: { type: 'BPF_LINK_TYPE_XDP', ifindex: 1 },
      })
      expect(await packetArrives()).toBe(false)
      const seen = runs(object)
      expect(seen).toBeGreaterThan(0)
      link.close()
      expect(onLo()).toBe(0)
      expect(await packetArrives()).toBe(true)
      expect(runs(object)).toBe(seen)
    })
  })

  networkTest('takes an index, finds the mode itself, and is updated in place', async () => {
    await inNetworkNamespace(async () => {
      using object = loadCounting([
        { ...PASS, name: 'pass' },
        { section: 'xdp', returns: XDP_DROP, name: 'drop' },
      ])
      using link = object.program('drop').attach({ kind: 'xdp', interface: 1 })
      expect(await packetArrives()).toBe(false)
      link.update(object.program('pass'))
      expect(await packetArrives()).toBe(true)
      expect(runs(object, 'pass')).toBeGreaterThan(0)
      link.detach()
      expect(onLo()).toBe(0)
      expect(link.detached).toBe(true)
    })
  })

  networkTest('takes one program at a time, and says which is there', async () => {
    await inNetworkNamespace(() => {
      using object = loadCounting([PASS])
      const program = object.program('main')
      using link = program.attach({ kind: 'xdp', interface: 'lo', mode: 'skb' })
      const targets = [
        { kind: 'xdp', interface: 'lo', mode: 'skb' },
        { kind: 'xdp', interface: 'lo', by: 'netlink' },
      ] as const
      for (const target of targets) {
        const error = bpfErrorOf('ATTACH_OCCUPIED', () => program.attach(target))
        expect(error.message).toContain(`the interface has program ${link.info().programId} (skb mode)`)
      }
    })
  })

  networkTest('by netlink is taken away by its link, after the program was closed too', async () => {
    await inNetworkNamespace(async () => {
      using object = loadCounting([PASS])
      const link = object.program('main').attach({ kind: 'xdp', interface: 'lo', mode: 'skb', by: 'netlink' })
      expect(await packetArrives()).toBe(true)
      expect(runs(object)).toBeGreaterThan(0)
      bpfErrorOf('ATTACH_NO_LINK', () => link.info())
      object.program('main').close()
      expect(onLo()).toBeGreaterThan(0)
      await link.closeAsync()
      link.close()
      expect(onLo()).toBe(0)
    })
  })

  networkTest('by netlink replaces the program that is named, and no other', async () => {
    await inNetworkNamespace(() => {
      using object = loadCounting([
        { ...PASS, name: 'old' },
        { ...PASS, name: 'new' },
        { ...PASS, name: 'other' },
      ])
      const target = { kind: 'xdp', interface: 'lo', by: 'netlink' } as const
      const [old, next, other] = ['old', 'new', 'other'].map((name) => object.program(name))
      using first = old!.attach(target)
      bpfErrorOf('ATTACH_OCCUPIED', () => next!.attach({ ...target, replace: other! }))
      const before = onLo()
      using second = next!.attach({ ...target, replace: old! })
      expect(onLo()).not.toBe(before)
      // Its program is not there any more, and the other one is left alone.
      first.close()
      expect(onLo()).not.toBe(0)
      second.close()
      expect(onLo()).toBe(0)
    })
  })

  networkTest('needs an interface that there is, in a mode that it has, and an open program', async () => {
    await inNetworkNamespace(() => {
      using object = loadCounting([PASS, { section: 'xdp/devmap', name: 'devmap', returns: XDP_PASS }])
      const program = object.program('main')
      const error = bpfErrorOf('ATTACH_FAILED', () => program.attach({ kind: 'xdp', interface: 'no-such' }))
      expect(error).toMatchObject({ program: 'main', cause: { code: 'NO_SUCH_INTERFACE' } })
      expect(error.message).toMatch(/^cannot attach program main to XDP of interface no-such: .*"no-such"/)
      for (const mode of ['drv', 'hw'] as const) {
        const refused = bpfErrorOf('ATTACH_FAILED', () =>
          program.attach({ kind: 'xdp', interface: 'lo', mode }),
        )
        expect(refused.message, mode).toMatch(/the mode skb works|EINVAL/)
      }
      const devmap = object.program('devmap')
      bpfErrorOf('ATTACH_WRONG_PROGRAM', () => devmap.attach({ kind: 'xdp', interface: 'lo' }))
      program.close()
      bpfErrorOf('DESCRIPTOR_CLOSED', () => program.attach({ kind: 'xdp', interface: 'lo' }))
      expect(onLo()).toBe(0)
    })
  })

  vethTest('ends with the interface, and is then closed without an error', async () => {
    await inNetworkNamespace(() => {
      createVethPair('rawbpf-a', 'rawbpf-b')
      using object = loadCounting([PASS])
      const program = object.program('main')
      using link = program.attach({ kind: 'xdp', interface: 'rawbpf-a', mode: 'drv' })
      using other = program.attach({ kind: 'xdp', interface: 'rawbpf-b', mode: 'skb', by: 'netlink' })
      expect(link.info().programId).toBe(findNetworkInterface(openKernel(), 'rawbpf-a').xdp.drv)
      deleteInterface('rawbpf-a')
      link.close()
      other.close()
      expect([link.closed, other.closed]).toEqual([true, true])
    })
  })
})
