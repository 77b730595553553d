import { describe, expect } from 'vitest'
import { bpf_attach_type } from '../../src/abi/generated/bpf.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { queryPrograms, type QueriedPrograms } from '../../src/kernel/prog_attach.ts'
import type { LoadedObject } from '../../src/loader/loaded_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { loadCounting, runs } from './counting_object.ts'
import { inNetworkNamespace, whyNotInNetworkNamespace } from './network_namespace.ts'
import { packetArrives } from './packets.ts'
import { featureTest } from './require.ts'

const LO = 1
const TCX_NEXT = -1
const TCX_DROP = 2

const tcxTest = featureTest({
  name: 'tcx',
  since: [6, 6],
  config: ['CONFIG_NET_XGRESS'],
  whyNot: () =>
    whyNotInNetworkNamespace(() => {
      using object = loadCounting([{ section: 'tcx/ingress', returns: TCX_NEXT }])
      object.program('main').attach({ kind: 'tcx', interface: 'lo' })
    }),
})

const attached = (): QueriedPrograms =>
  queryPrograms(openKernel(), { target_ifindex: LO }, bpf_attach_type.BPF_TCX_INGRESS)

const loadThree = (): LoadedObject =>
  loadCounting(['a', 'b', 'c'].map((name) => ({ section: 'tcx/ingress', name, returns: TCX_NEXT })))

describe('tcx on a real interface', () => {
  for (const direction of ['ingress', 'egress'] as const) {
    tcxTest(`sees and drops packets (${direction}) until its link is closed`, async () => {
      await inNetworkNamespace(async () => {
        using object = loadCounting([{ section: `tcx/${direction}`, returns: TCX_DROP }])
        expect(object.attach()).toEqual([])
        const link = object.program('main').attach({ kind: 'tcx', interface: 'lo' })
        expect(link.info().typeName).toBe('BPF_LINK_TYPE_TCX')
        expect(await packetArrives()).toBe(false)
        const seen = runs(object)
        expect(seen).toBeGreaterThan(0)
        link.close()
        expect(await packetArrives()).toBe(true)
        expect(runs(object)).toBe(seen)
        expect(attached().programs).toEqual([])
      })
    })
  }

  tcxTest('takes a place in the order: first, last, before and after others', async () => {
    await inNetworkNamespace(() => {
      using object = loadThree()
      const [a, b, c] = ['a', 'b', 'c'].map((name) => object.program(name))
      const target = { kind: 'tcx', interface: 'lo' } as const
      const linkA = a!.attach(target)
      const order = (): readonly number[] => attached().programs.map(({ linkId }) => linkId)
      const idA = linkA.info().id
      for (const first of ['first', { before: { linkId: idA } }, { before: { program: a! } }] as const) {
        using linkB = b!.attach({ ...target, order: first })
        expect(order()).toEqual([linkB.info().id, idA])
      }
      using linkB = b!.attach({ ...target, order: 'last' })
      const idB = linkB.info().id
      expect(order()).toEqual([idA, idB])
      using linkC = c!.attach({ ...target, order: { after: { programId: linkA.info().programId } } })
      expect(order()).toEqual([idA, linkC.info().id, idB])
      bpfErrorOf('ATTACH_OCCUPIED', () => c!.attach(target))
    })
  })

  tcxTest('is refused where the list is not the one that was expected', async () => {
    await inNetworkNamespace(() => {
      using object = loadThree()
      const target = { kind: 'tcx', interface: 'lo' } as const
      object.program('a').attach(target)
      const expectedRevision = attached().revision
      using linkB = object.program('b').attach({ ...target, expectedRevision })
      expect(attached().programs[1]?.linkId).toBe(linkB.info().id)
      const error = bpfErrorOf('ATTACH_FAILED', () =>
        object.program('c').attach({ ...target, expectedRevision }),
      )
      expect(error.message).toContain('have changed since the revision')
      const gone = bpfErrorOf('ATTACH_FAILED', () =>
        object.program('c').attach({ ...target, order: { before: { linkId: 0x7fff_ffff } } }),
      )
      expect(gone.cause).toMatchObject({ code: 'ENOENT' })
      bpfErrorOf('ATTACH_FAILED', () => object.program('c').attach({ ...target, interface: 'no-such' }))
    })
  })

  tcxTest('takes a program that does not say a direction, if the target does', async () => {
    await inNetworkNamespace(() => {
      using object = loadCounting([{ section: 'classifier', returns: TCX_NEXT }])
      const program = object.program('main')
      bpfErrorOf('ATTACH_NO_TARGET', () => program.attach({ kind: 'tcx', interface: 'lo' }))
      using link = program.attach({ kind: 'tcx', interface: 'lo', direction: 'ingress' })
      expect(attached().programs).toEqual([{ id: link.info().programId, linkId: link.info().id }])
    })
  })
})
