import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { describe, expect } from 'vitest'
import { loadObject, openObject } from '../../src/index.ts'
import { bundledObject, ipAddress } from '../../src/tool/index.ts'
import type { ConnectEvent } from '../../src/tools/tcpconnect.ts'
import { bpfTest, featureTest } from '../kernel/require.ts'
import { Witness } from '../kernel/witness.ts'
import { run, runUnprivileged } from './command_objects.ts'
import { eventually } from './eventually.ts'
import { toolTest } from './needs.ts'
import { jsonLines } from './tool_run.ts'
import { rawbpf, Running } from './tracer.ts'

interface Connect {
  readonly pid: number
  readonly comm: string
  readonly version: number
  readonly source: string
  readonly source_port: number
  readonly address: string
  readonly port: number
  readonly result: number
}

/** Why a program of this section cannot be attached; undefined where it can. */
function whyNot(section: string): string | undefined {
  try {
    using witness = new Witness({ section })
    witness.object.attach()
    return undefined
  } catch (error) {
    return String(error)
  }
}

const whyNoKprobe = whyNot('kprobe/tcp_v4_connect')
const why = whyNot('fexit/tcp_v4_connect') && whyNoKprobe
const kprobeTest = featureTest({
  name: 'kprobe',
  since: [5, 8],
  config: ['CONFIG_KPROBE_EVENTS'],
  whyNot: () => whyNoKprobe,
})
const connectTest = featureTest({
  name: 'fexit or kprobes of tcp_v4_connect',
  since: [5, 8],
  config: ['CONFIG_KPROBE_EVENTS'],
  whyNot: () => why,
})
async function listen(host: string): Promise<Server> {
  const server = createServer((socket) => socket.end())
  server.listen(0, host)
  await once(server, 'listening')
  return server
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port

/** Connects to a server and tells what the socket says of itself. */
async function connectTo(host: string, port: number): Promise<Partial<Connect>> {
  const socket = connect({ host, port })
  await once(socket, 'connect')
  const { localAddress: source = '', localPort: source_port = 0 } = socket
  socket.destroy()
  return { version: host.includes(':') ? 6 : 4, source, source_port, address: host, port, result: 0 }
}

/** Starts the tool for this process, waits until it tells of connections, then acts and waits for so many. */
async function watch<Result>(
  args: readonly string[],
  act: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly events: readonly Connect[]; readonly code: number | null }> {
  await using tool = new Running(rawbpf('tcpconnect', '--json', ...args))
  const server = await listen('127.0.0.1')
  try {
    const told = (): boolean => jsonLines<Connect>(tool).some(({ port }) => port === portOf(server))
    await eventually(`a first connection; it said: ${tool.stderr}`, async () => {
      if (tool.hasEnded) throw new Error(tool.stderr)
      await connectTo('127.0.0.1', portOf(server))
      return told() ? true : undefined
    })
    const result = await act()
    const first = jsonLines<Connect>(tool).length
    await connectTo('127.0.0.1', portOf(server))
    await eventually('the last connection', () =>
      jsonLines<Connect>(tool).length > first ? true : undefined,
    )
    const { code } = await tool.stop()
    const events = jsonLines<Connect>(tool).filter(({ port }) => port !== portOf(server))
    return { result, events, code }
  } finally {
    server.close()
  }
}

const setprivTest = toolTest('setpriv', '--version')

const OWN = ['-p', String(process.pid)]

describe('rawbpf tcpconnect', () => {
  connectTest('tells of connections by IPv4 and IPv6, with addresses and ports', async () => {
    const servers = [await listen('127.0.0.1'), await listen('::1')]
    try {
      const { result, events, code } = await watch(OWN, async () => {
        const [four, six] = servers.map(portOf)
        // By an address of IPv6 that stands for one of IPv4 it is a connection by IPv4, once.
        const mapped = await connectTo('::ffff:127.0.0.1', four!)
        return [await connectTo('127.0.0.1', four!), await connectTo('::1', six!), mapped]
      })
      expect(code).toBe(0)
      const [four, six, mapped] = result
      const asIpv4 = { ...mapped, version: 4, source: '127.0.0.1', address: '127.0.0.1' }
      expect(events).toHaveLength(3)
      for (const expected of [four, six, asIpv4]) {
        expect(events).toContainEqual(expect.objectContaining({ pid: process.pid, ...expected }))
      }
    } finally {
      for (const server of servers) server.close()
    }
  })

  kprobeTest('is told the same by kprobes, where there is fexit as well', async () => {
    const servers = [await listen('127.0.0.1'), await listen('::1')]
    const [four = 0, six = 0] = servers.map(portOf)
    const spec = await openObject(bundledObject('tcpconnect'))
    spec.globals['filter_pid'] = process.pid
    for (const program of spec.programs.values()) program.autoload = /^(call|return)_/.test(program.name)
    await using object = loadObject(spec)
    try {
      object.attach()
      const expected = [await connectTo('127.0.0.1', four), await connectTo('::1', six)]
      await connectTo('::ffff:127.0.0.1', four)
      const told: Partial<Connect>[] = []
      for await (const event of object.ringBuffer<ConnectEvent>('events', 'event')) {
        const { version, source, source_port, address, port, result } = event
        const text = { source: ipAddress(version, source), address: ipAddress(version, address) }
        told.push({ version, ...text, source_port, port, result })
        if (told.length === 3) break
      }
      expect(told.slice(0, 2)).toEqual(expected)
      expect(told[2]).toMatchObject({ version: 4, address: '127.0.0.1', port: four })
    } finally {
      for (const server of servers) server.close()
    }
  })

  connectTest('tells of connections that could not be started', async () => {
    const { events } = await watch(OWN, async () => {
      // A broadcast address is none for TCP.
      const socket = connect({ host: '255.255.255.255', port: 77 })
      await once(socket, 'error').catch(() => undefined)
    })
    expect(events).toMatchObject([{ address: '255.255.255.255', port: 77 }])
    expect(events[0]!.result).toBeLessThan(0)
  })

  connectTest('leaves out other processes', async () => {
    const server = await listen('127.0.0.1')
    try {
      const { events } = await watch(OWN, async () => {
        const script = `require('node:net').connect(${portOf(server)}, '127.0.0.1').on('connect', () => process.exit())`
        await once(spawn(process.execPath, ['-e', script]), 'close')
      })
      expect(events).toEqual([])
    } finally {
      server.close()
    }
  })

  bpfTest('says what the kernel lacks where it has neither way', async () => {
    if (why === undefined) return
    const { code, stdout, stderr } = await run('tcpconnect')
    expect(code).not.toBe(0)
    expect(stdout).toBe('')
    expect(stderr).toContain('tcpconnect can be attached in none of its ways here')
    expect(stderr).toMatch(/by fexit \(since Linux 5\.5\): .*by kprobes \(CONFIG_KPROBE_EVENTS\): /s)
  })

  bpfTest('refuses a process that cannot be', async () => {
    expect((await run('tcpconnect', '-p', '0')).code).toBe(64)
  })

  setprivTest('says once what a user who may not load anything lacks', async () => {
    const { code, stdout, stderr } = await runUnprivileged('tcpconnect')
    expect({ code, stdout }).toEqual({ code: 77, stdout: '' })
    expect(stderr).toMatch(/^rawbpf: cannot create map events: [^\n]*lacks CAP_BPF and CAP_PERFMON[^\n]*\n$/)
  })
})
