import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { describe, expect } from 'vitest'
import { netlinkU32 } from '../../src/abi/netlink_message.ts'
import { fdNumber } from '../../src/base/units.ts'
import { updateElement } from '../../src/kernel/bpf_calls.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { hasSockmapLink } from '../../src/kernel/probes/sockmap_link.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { loadCounting, runs } from './counting_object.ts'
import { descriptorOf } from './packets.ts'
import { bpfTest } from './require.ts'

const SK_PASS = 1
const socks = { name: 'socks', uints: { type: 15, max_entries: 4 }, types: { key: 'u32', value: 'u32' } }
const hash = { name: 'hash', uints: { type: 18, max_entries: 4 }, types: { key: 'u32', value: 'u32' } }
const array = { name: 'array', uints: { type: 2, max_entries: 4 }, types: { key: 'u32', value: 'u32' } }

/** Both ends of a TCP connection over lo. */
async function connected(): Promise<{
  readonly here: Socket
  readonly there: Socket
  readonly close: () => void
}> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const here = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1')
  const [connection] = await Promise.all([once(server, 'connection'), once(here, 'connect')])
  const [there] = connection as [Socket]
  const close = (): void => {
    here.destroy()
    there.destroy()
    server.close()
  }
  return { here, there, close }
}

async function sent(from: Socket, to: Socket): Promise<string> {
  from.write('hello')
  const [data] = (await once(to, 'data')) as [Buffer]
  return data.toString()
}

describe('programs of a real map of sockets', () => {
  for (const map of [socks, hash]) {
    bpfTest(
      `judge messages of sockets that are put into a ${map.name}, until their link is closed`,
      async () => {
        using object = loadCounting([{ section: 'sk_msg', returns: SK_PASS }], [map])
        const { fd } = object.map(map.name)
        expect(object.attach()).toEqual([])
        const link = object.program('main').attach({ kind: 'sockmap', map: object.map(map.name) })
        const { here, there, close } = await connected()
        updateElement(openKernel(), fd, netlinkU32(0), netlinkU32(descriptorOf(here)), 0)
        expect(await sent(here, there)).toBe('hello')
        expect(runs(object)).toBe(1)
        link.close()
        expect(link.closed).toBe(true)
        close()
        const later = await connected()
        updateElement(openKernel(), fd, netlinkU32(1), netlinkU32(descriptorOf(later.here)), 0)
        expect(await sent(later.here, later.there)).toBe('hello')
        expect(runs(object)).toBe(1)
        later.close()
      },
    )
  }

  bpfTest(
    'are attached by a link where the kernel has them for maps, and by BPF_PROG_ATTACH elsewhere',
    () => {
      using object = loadCounting([{ section: 'sk_skb/stream_verdict', returns: SK_PASS }], [socks])
      const program = object.program('main')
      const target = { kind: 'sockmap', map: { fd: object.map('socks').fd } } as const
      using link = program.attach(target)
      if (hasSockmapLink(openKernel()).kind === 'there') {
        expect(link.info().typeName).toBe('BPF_LINK_TYPE_SOCKMAP')
        bpfErrorOf('ATTACH_OCCUPIED', () => program.attach(target))
      } else {
        bpfErrorOf('ATTACH_NO_LINK', () => link.info())
        program.close()
      }
      link.close()
    },
  )

  bpfTest('are a parser and a verdict at once', () => {
    using object = loadCounting(
      ['stream_parser', 'stream_verdict'].map((name) => ({
        section: `sk_skb/${name}`,
        name,
        returns: SK_PASS,
      })),
      [socks],
    )
    const target = { kind: 'sockmap', map: object.map('socks') } as const
    const links = ['stream_parser', 'stream_verdict'].map((name) => object.program(name).attach(target))
    for (const link of links) link.close()
    expect(links.every(({ closed }) => closed)).toBe(true)
  })

  bpfTest('need a map of sockets', () => {
    using object = loadCounting(
      [
        { section: 'sk_msg', returns: SK_PASS },
        { section: 'sk_skb', name: 'either', returns: SK_PASS },
      ],
      [array, socks],
    )
    const program = object.program('main')
    const fds = [object.map('array').fd, 1_000_000, object.program('either').fd].map((fd) => ({
      fd: fdNumber(fd),
    }))
    for (const map of fds) bpfErrorOf('ATTACH_FAILED', () => program.attach({ kind: 'sockmap', map }))
    const target = { kind: 'sockmap', map: object.map('socks') } as const
    const error = bpfErrorOf('ATTACH_NO_TARGET', () => object.program('either').attach(target))
    expect(error.message).toContain('sk_skb/stream_verdict')
    program.close()
    bpfErrorOf('DESCRIPTOR_CLOSED', () => program.attach(target))
  })
})
