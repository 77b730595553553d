import { closeSync, openSync, readFileSync, rmdirSync, mkdirSync } from 'node:fs'
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { bpf_attach_type } from '../../src/abi/generated/bpf.ts'
import { fdNumber } from '../../src/base/units.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { queryPrograms, type QueriedPrograms } from '../../src/kernel/prog_attach.ts'
import type { LoadedObject } from '../../src/loader/loaded_object.ts'
import type { AttachTypeName } from '../../src/object/section_definitions.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { cgroupTest, inCgroup, whyNotInCgroup, withCgroup } from './cgroup.ts'
import { loadCounting, runs } from './counting_object.ts'
import { packetArrives } from './packets.ts'
import { featureTest } from './require.ts'

const ALLOW = 1

function attached(path: string, type: AttachTypeName): QueriedPrograms {
  const fd = openSync(path, 'r')
  try {
    return queryPrograms(openKernel(), { target_fd: fdNumber(fd) }, bpf_attach_type[type])
  } finally {
    closeSync(fd)
  }
}

const load = (section: string, returns = ALLOW): LoadedObject => loadCounting([{ section, returns }])

/** A TCP connection over lo, whether it was made. */
async function connects(): Promise<boolean> {
  const server: Server = createServer((socket) => socket.end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const socket = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
    server.close()
  }
}

function openNull(): void {
  closeSync(openSync('/dev/null', 'r'))
}

/** What makes programs of a section run. */
const events: readonly (readonly [section: string, event: () => unknown])[] = [
  ['cgroup_skb/ingress', packetArrives],
  ['cgroup_skb/egress', packetArrives],
  ['cgroup/sock_create', packetArrives],
  ['cgroup/sock_release', packetArrives],
  ['cgroup/post_bind4', packetArrives],
  ['cgroup/bind4', packetArrives],
  ['cgroup/sendmsg4', packetArrives],
  ['cgroup/recvmsg4', packetArrives],
  ['cgroup/connect4', connects],
  ['cgroup/getsockname4', packetArrives],
  ['cgroup/setsockopt', connects],
  ['cgroup/getsockopt', connects],
  ['sockops', connects],
  ['cgroup/sysctl', () => readFileSync('/proc/sys/kernel/ostype')],
  ['cgroup/dev', openNull],
]

describe('programs of a real cgroup', () => {
  for (const [section, event] of events) {
    cgroupTest(`of section ${section} run for what its processes do, until the link is closed`, async () => {
      await withCgroup(async (path) => {
        using object = load(section)
        const program = object.program('main')
        expect(object.attach()).toEqual([])
        const link = program.attach({ kind: 'cgroup', path })
        expect(link.info()).toMatchObject({ details: { type: 'BPF_LINK_TYPE_CGROUP' } })
        await inCgroup(path, event as () => Promise<void>)
        const seen = runs(object)
        expect(seen).toBeGreaterThan(0)
        const type = program.section.definition.attachType!
        expect(attached(path, type).programs).toMatchObject([{ id: link.info().programId }])
        link.close()
        await inCgroup(path, event as () => Promise<void>)
        expect(runs(object)).toBe(seen)
        expect(attached(path, type).programs).toEqual([])
      })
    })
  }

  cgroupTest('decide: a packet that may not leave does not arrive', async () => {
    await withCgroup(async (path) => {
      using object = load('cgroup/skb', 0)
      const program = object.program('main')
      bpfErrorOf('ATTACH_NO_TARGET', () => program.attach({ kind: 'cgroup', path }))
      program.attach({ kind: 'cgroup', path, attachType: 'BPF_CGROUP_INET_EGRESS' })
      await inCgroup(path, async () => {
        expect(await packetArrives()).toBe(false)
      })
    })
  })

  cgroupTest('of a descriptor that the caller opened stay after he has closed it', async () => {
    await withCgroup(async (path) => {
      using object = load('cgroup_skb/egress')
      const fd = openSync(path, 'r')
      const program = object.program('main')
      using link = program.attach({ kind: 'cgroup', fd })
      const other = program.attach({ kind: 'cgroup', fd, by: 'prog-attach', sharing: 'multi' })
      closeSync(fd)
      expect(attached(path, 'BPF_CGROUP_INET_EGRESS').programs).toHaveLength(2)
      other.close()
      expect(attached(path, 'BPF_CGROUP_INET_EGRESS').programs).toHaveLength(1)
      await inCgroup(path, async () => {
        await packetArrives()
      })
      expect(runs(object)).toBeGreaterThan(0)
      expect(link.detached).toBe(false)
    })
  })

  cgroupTest('are updated and detached by their link, and end with the cgroup', async () => {
    await withCgroup((path) => {
      using object = loadCounting(
        ['a', 'b'].map((name) => ({ section: 'cgroup_skb/egress', name, returns: ALLOW })),
      )
      using link = object.program('a').attach({ kind: 'cgroup', path })
      const { programId } = link.info()
      link.update(object.program('b'))
      expect(link.info().programId).not.toBe(programId)
      link.detach()
      expect(attached(path, 'BPF_CGROUP_INET_EGRESS').programs).toEqual([])
      const below = join(path, 'below')
      mkdirSync(below)
      const second = object.program('a').attach({ kind: 'cgroup', path: below })
      const third = object
        .program('a')
        .attach({ kind: 'cgroup', path: below, by: 'prog-attach', sharing: 'multi' })
      rmdirSync(below)
      second.close()
      third.close()
      expect([second.closed, third.closed]).toEqual([true, true])
    })
  })
})

describe('BPF_PROG_ATTACH to a real cgroup', () => {
  const type = 'BPF_CGROUP_INET_EGRESS'

  cgroupTest('is undone by the link, after the program was closed too', async () => {
    await withCgroup(async (path) => {
      using object = load('cgroup_skb/egress')
      const link = object.program('main').attach({ kind: 'cgroup', path, by: 'prog-attach' })
      await inCgroup(path, async () => {
        await packetArrives()
      })
      expect(runs(object)).toBeGreaterThan(0)
      bpfErrorOf('ATTACH_NOT_PINNABLE', () => {
        link.pin('/sys/fs/bpf/x')
      })
      object.program('main').close()
      expect(attached(path, type).programs).toHaveLength(1)
      await link.closeAsync()
      expect(attached(path, type).programs).toEqual([])
    })
  })

  cgroupTest('shares the place or does not, as it is asked to', async () => {
    await withCgroup((path) => {
      using object = loadCounting(
        ['a', 'b'].map((name) => ({ section: 'cgroup_skb/egress', name, returns: ALLOW })),
      )
      const [a, b] = ['a', 'b'].map((name) => object.program(name))
      const target = { kind: 'cgroup', path, by: 'prog-attach' } as const
      const alone = a!.attach(target)
      const below = join(path, 'below')
      mkdirSync(below)
      for (const refused of [
        { ...target, sharing: 'multi' },
        { ...target, path: below },
        { kind: 'cgroup', path },
      ] as const) {
        const error = bpfErrorOf('ATTACH_OCCUPIED', () => b!.attach(refused))
        expect(error.message).toContain('shares its place with none')
      }
      alone.close()
      const shared = a!.attach({ ...target, sharing: 'override' })
      const deeper = b!.attach({ ...target, path: below, sharing: 'override' })
      deeper.close()
      shared.close()
      rmdirSync(below)
    })
  })

  cgroupTest('replaces one of several', async () => {
    await withCgroup((path) => {
      using object = loadCounting(
        ['a', 'b', 'c'].map((name) => ({ section: 'cgroup_skb/egress', name, returns: ALLOW })),
      )
      const [a, b, c] = ['a', 'b', 'c'].map((name) => object.program(name))
      const target = { kind: 'cgroup', path, by: 'prog-attach', sharing: 'multi' } as const
      const first = a!.attach(target)
      using second = b!.attach(target)
      const before = attached(path, type).programs.map(({ id }) => id)
      using third = c!.attach({ ...target, replace: a! })
      const after = attached(path, type).programs.map(({ id }) => id)
      expect([after.length, after[1]]).toEqual([2, before[1]])
      expect(after[0]).not.toBe(before[0])
      first.close()
      expect(attached(path, type).programs).toHaveLength(2)
      second.close()
      third.close()
      expect(attached(path, type).programs).toEqual([])
    })
  })
})

describe('a real cgroup', () => {
  cgroupTest('has to be one, of version 2', async () => {
    await withCgroup((path) => {
      using object = loadCounting([
        { section: 'cgroup_skb/egress', returns: ALLOW },
        { section: 'xdp', name: 'xdp', returns: 2 },
      ])
      const program = object.program('main')
      const error = bpfErrorOf('ATTACH_FAILED', () =>
        program.attach({ kind: 'cgroup', path: `${path}/no-such` }),
      )
      expect(error).toMatchObject({ cause: { code: 'NO_SUCH_CGROUP' } })
      const place = { kind: 'cgroup', path: '/proc' } as const
      for (const target of [place, { ...place, by: 'prog-attach' }] as const) {
        const other = bpfErrorOf('ATTACH_FAILED', () => program.attach(target))
        expect(other.message).toContain('no directory of a cgroup of version 2')
      }
      bpfErrorOf('ATTACH_FAILED', () => program.attach({ kind: 'cgroup', fd: 1_000_000 }))
      bpfErrorOf('ATTACH_WRONG_PROGRAM', () => object.program('xdp').attach({ kind: 'cgroup', path }))
      program.close()
      bpfErrorOf('DESCRIPTOR_CLOSED', () => program.attach({ kind: 'cgroup', path }))
    })
  })
})

const orderTest = featureTest({
  name: 'an order among programs of a cgroup',
  since: [6, 17],
  whyNot: () =>
    whyNotInCgroup((path) => {
      using object = load('cgroup_skb/egress')
      object.program('main').attach({ kind: 'cgroup', path, order: 'first' })
    }),
})

const unixTest = featureTest({
  name: 'cgroup programs for addresses of Unix sockets',
  since: [6, 7],
  whyNot: () =>
    whyNotInCgroup((path) => {
      using object = load('cgroup/connect_unix')
      object.program('main').attach({ kind: 'cgroup', path })
    }),
})

const lsmTest = featureTest({
  name: 'LSM programs of cgroups',
  // They run in trampolines, which ftrace calls directly since 6.4 on arm64.
  since: process.arch === 'arm64' ? [6, 4] : [6, 0],
  config: ['CONFIG_BPF_LSM', 'CONFIG_FUNCTION_TRACER'],
  whyNot: () =>
    whyNotInCgroup((path) => {
      using object = load('lsm_cgroup/socket_bind')
      object.program('main').attach({ kind: 'cgroup', path })
    }),
})

describe('newer kinds of programs of a real cgroup', () => {
  orderTest('run in the order that was asked for', async () => {
    await withCgroup((path) => {
      using object = loadCounting(
        ['a', 'b'].map((name) => ({ section: 'cgroup_skb/egress', name, returns: ALLOW })),
      )
      using linkA = object.program('a').attach({ kind: 'cgroup', path })
      const { revision } = attached(path, 'BPF_CGROUP_INET_EGRESS')
      const order = { before: { linkId: linkA.info().id } }
      using linkB = object.program('b').attach({ kind: 'cgroup', path, order, expectedRevision: revision })
      const ids = attached(path, 'BPF_CGROUP_INET_EGRESS').programs.map(({ id }) => id)
      expect(ids).toEqual([linkB.info().programId, linkA.info().programId])
      const stale = { kind: 'cgroup', path, expectedRevision: revision } as const
      expect(bpfErrorOf('ATTACH_FAILED', () => object.program('a').attach(stale)).cause).toMatchObject({
        code: 'ESTALE',
      })
    })
  })

  unixTest('see connections of Unix sockets', async () => {
    await withCgroup(async (path) => {
      using object = load('cgroup/connect_unix')
      object.program('main').attach({ kind: 'cgroup', path })
      const name = `\0rawbpf-${process.pid}`
      const server = createServer((socket) => socket.end())
      server.listen(name)
      await once(server, 'listening')
      await inCgroup(path, async () => {
        const socket = connect(name)
        await once(socket, 'connect')
        socket.destroy()
      })
      server.close()
      expect(runs(object)).toBe(1)
    })
  })

  lsmTest('see what a security module is asked', async () => {
    await withCgroup(async (path) => {
      using object = load('lsm_cgroup/socket_bind')
      const link = object.program('main').attach({ kind: 'cgroup', path })
      await inCgroup(path, async () => {
        await packetArrives()
      })
      const seen = runs(object)
      expect(seen).toBeGreaterThan(0)
      link.close()
      await inCgroup(path, async () => {
        await packetArrives()
      })
      expect(runs(object)).toBe(seen)
    })
  })
})
