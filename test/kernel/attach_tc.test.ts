import { describe, expect } from 'vitest'
import { addClsact, decodeFilter, deleteClsact, dumpFilters } from '../../src/abi/rtnetlink.ts'
import { BPF_PROG_INFO } from '../../src/abi/bpf_info.ts'
import { infoByFd } from '../../src/kernel/bpf_calls.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { NetlinkSocket } from '../../src/kernel/netlink.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import type { LoadedObject } from '../../src/loader/loaded_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { loadCounting, runs } from './counting_object.ts'
import { failingKernel } from './failing_kernel.ts'
import {
  createVethPair,
  deleteInterface,
  inNetworkNamespace,
  vethTest,
  whyNotInNetworkNamespace,
} from './network_namespace.ts'
import { packetArrives } from './packets.ts'
import { featureTest } from './require.ts'
import { attachProgram } from '../../src/links/attach_program.ts'

const LO = 1
const TC_ACT_OK = 0
const TC_ACT_SHOT = 2

const tcTest = featureTest({
  name: 'cls_bpf',
  since: [4, 4],
  config: ['CONFIG_NET_CLS_BPF', 'CONFIG_NET_SCH_INGRESS'],
  whyNot: () =>
    whyNotInNetworkNamespace(() => {
      using object = loadCounting([{ section: 'tc', returns: TC_ACT_OK }])
      object.program('main').attach({ kind: 'tc', interface: 'lo', direction: 'ingress' })
    }),
})

const load = (section: string, returns: number): LoadedObject => loadCounting([{ section, returns }])

/** The filters of lo; undefined where there is no qdisc for them. */
function filters(
  direction: 'ingress' | 'egress',
): readonly { priority: number; programId: number | undefined }[] | undefined {
  using socket = NetlinkSocket.open(openKernel())
  try {
    socket.request(addClsact(LO))
  } catch (error) {
    if (!(error instanceof SyscallError) || error.errnoName !== 'EEXIST') throw error
    const all = socket.request(dumpFilters(LO, direction)).map((filter) => decodeFilter(filter))
    return all.filter(({ handle }) => handle !== 0)
  }
  socket.request(deleteClsact(LO))
  return undefined
}

describe('tc on a real interface', () => {
  for (const direction of ['ingress', 'egress'] as const) {
    tcTest(`sees and drops packets (${direction}), and leaves no qdisc behind`, async () => {
      await inNetworkNamespace(async () => {
        expect(filters(direction)).toBeUndefined()
        using object = load('tc', TC_ACT_SHOT)
        const link = object.program('main').attach({ kind: 'tc', interface: 'lo', direction })
        expect(filters(direction)).toMatchObject([{ kind: 'bpf', handle: 1 }])
        expect(await packetArrives()).toBe(false)
        const seen = runs(object)
        expect(seen).toBeGreaterThan(0)
        link.close()
        expect(filters(direction)).toBeUndefined()
        expect(await packetArrives()).toBe(true)
        expect(runs(object)).toBe(seen)
      })
    })
  }

  tcTest('takes the direction from the section, and the priority and handle from the target', async () => {
    await inNetworkNamespace(() => {
      using object = load('tc/egress', TC_ACT_OK)
      const program = object.program('main')
      const target = { kind: 'tc', interface: LO, priority: 7, handle: 9 } as const
      using first = program.attach(target)
      expect(filters('egress')).toMatchObject([{ priority: 7, handle: 9 }])
      bpfErrorOf('ATTACH_OCCUPIED', () => program.attach(target))
      using second = program.attach({ ...target, priority: 8 })
      expect(filters('egress')?.map(({ priority }) => priority)).toEqual([7, 8])
      first.close()
      expect(filters('egress')?.map(({ priority }) => priority)).toEqual([8])
      second.close()
      expect(filters('egress')).toBeUndefined()
    })
  })

  tcTest('replaces the filter that is named', async () => {
    await inNetworkNamespace(() => {
      using object = loadCounting([
        { section: 'tc', name: 'old', returns: TC_ACT_OK },
        { section: 'tc', name: 'new', returns: TC_ACT_OK },
      ])
      const target = { kind: 'tc', interface: 'lo', direction: 'ingress', priority: 1, handle: 1 } as const
      object.program('old').attach(target)
      object.program('new').attach({ ...target, existing: 'replace' })
      const { id } = infoByFd(openKernel(), object.program('new').fd, BPF_PROG_INFO)
      expect(filters('ingress')).toMatchObject([{ programId: id }])
    })
  })

  tcTest('leaves a qdisc that was there before, and one that others use', async () => {
    await inNetworkNamespace(() => {
      using socket = NetlinkSocket.open(openKernel())
      socket.request(addClsact(LO))
      using object = load('tc/ingress', TC_ACT_OK)
      object.program('main').attach({ kind: 'tc', interface: 'lo' }).close()
      expect(filters('ingress')).toEqual([])
      socket.request(deleteClsact(LO))
    })
  })

  tcTest('says what is wrong with the target', async () => {
    await inNetworkNamespace(() => {
      using object = loadCounting([
        { section: 'tc', returns: TC_ACT_OK },
        { section: 'xdp', name: 'xdp', returns: 2 },
      ])
      const program = object.program('main')
      const target = { kind: 'tc', interface: 'lo', direction: 'ingress' } as const
      bpfErrorOf('ATTACH_NO_TARGET', () => program.attach({ kind: 'tc', interface: 'lo' }))
      for (const priority of [0, -1, 65536, 1.5])
        bpfErrorOf('ATTACH_FAILED', () => program.attach({ ...target, priority }))
      bpfErrorOf('ATTACH_FAILED', () => program.attach({ ...target, handle: 2 ** 32 }))
      bpfErrorOf('ATTACH_FAILED', () => program.attach({ ...target, interface: 'no-such' }))
      bpfErrorOf('ATTACH_WRONG_PROGRAM', () => object.program('xdp').attach(target))
      program.close()
      bpfErrorOf('DESCRIPTOR_CLOSED', () => program.attach(target))
      expect(filters('ingress')).toBeUndefined()
    })
  })

  tcTest('takes a filter away again whose echo cannot be read', async () => {
    await inNetworkNamespace(() => {
      using object = load('tc/ingress', TC_ACT_OK)
      const program = object.program('main')
      // Reads of answers: two for the interface, one for the qdisc, then the echo of the filter.
      const kernel = failingKernel(openKernel(), { method: 'read', nth: 4, errno: 12 })
      const context = { kernel, program, observer: undefined }
      bpfErrorOf('ATTACH_FAILED', () => attachProgram(context, { kind: 'tc', interface: 'lo' }))
      expect(filters('ingress')).toBeUndefined()
    })
  })

  vethTest('is closed without an error once the interface is gone', async () => {
    await inNetworkNamespace(() => {
      createVethPair('rawbpf-a', 'rawbpf-b')
      using object = load('tc/ingress', TC_ACT_OK)
      const link = object.program('main').attach({ kind: 'tc', interface: 'rawbpf-a' })
      deleteInterface('rawbpf-a')
      link.close()
      expect(link.closed).toBe(true)
    })
  })
})
