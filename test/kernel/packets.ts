import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Socket as TcpSocket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A UDP socket on lo, in the network namespace that the thread is in now. */
export async function openSocket(): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

/** The descriptor of a socket of Node.js, which has no public name. */
export function descriptorOf(socket: Socket | TcpSocket): number {
  const owners: unknown[] = Object.getOwnPropertySymbols(socket).map(
    (symbol) => Reflect.get(socket, symbol) as unknown,
  )
  // Sockets for datagrams have the name too, and it warns there.
  if ('connecting' in socket) owners.push({ handle: Reflect.get(socket, '_handle') as unknown })
  for (const owner of owners) {
    const { handle } = (owner ?? {}) as { readonly handle?: { readonly fd?: number } | null }
    if (handle?.fd !== undefined) return handle.fd
  }
  throw new Error('this version of Node.js keeps the descriptor elsewhere')
}

/** Whether a packet that is sent over lo, to `to` or another socket, arrives within a short time. That the system refuses to send it counts as no. */
export async function packetArrives(to?: Socket): Promise<boolean> {
  const receiver = to ?? (await openSocket())
  const sender = await openSocket()
  try {
    const arrived = Promise.race([once(receiver, 'message').then(() => true), sleep(200, false)])
    await new Promise((resolve) => {
      sender.send('x', receiver.address().port, '127.0.0.1', resolve)
    })
    return await arrived
  } finally {
    if (to === undefined) receiver.close()
    sender.close()
  }
}
