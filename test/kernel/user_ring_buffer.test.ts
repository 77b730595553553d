import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { bpf_map_type } from '../../src/abi/generated/bpf.ts'
import { createMap } from '../../src/kernel/bpf_calls.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadedObject } from '../../src/loader/loaded_object.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { recordingKernel } from './recording_kernel.ts'
import { featureTest } from './require.ts'

const FILE = join(import.meta.dirname, '../fixtures/kernel/user_ringbuf.bpf.o')

const userRingTest = featureTest({
  name: 'user ring buffers',
  since: [6, 1],
  whyNot: () => {
    const kernel = openKernel()
    const map_type = bpf_map_type.BPF_MAP_TYPE_USER_RINGBUF
    createMap(kernel, { map_type, max_entries: kernel.pageSize }).close()
    return undefined
  },
})

interface Message {
  readonly number: bigint
  readonly text: string
}

function load(kernel: Kernel = openKernel()): LoadedObject {
  const spec = parseObject(readFileSync(FILE), 'user_ringbuf.bpf.o')
  const commands = spec.maps.get('commands') ?? expect.fail('no map')
  commands.maxEntries = kernel.pageSize
  return loadObject(spec, { kernel })
}

/** How many records the program drained, or a negative errno. */
function drain(object: LoadedObject): number {
  return object.program('drain').testRun({ dataIn: new Uint8Array(64) }).retval | 0
}

function kept(object: LoadedObject): readonly Message[] {
  const messages = object.globals['kept']
  return Array.isArray(messages) ? (messages as Message[]) : expect.fail('no messages')
}

describe('a user ring buffer of the real kernel', () => {
  userRingTest('hands values over to a program, in order', () => {
    using object = load()
    const commands = object.userRingBuffer<Message>('commands', 'message')
    expect(drain(object)).toBe(0)
    for (const number of [1n, 2n, 3n]) expect(commands.write({ number, text: `number ${number}` })).toBe(true)
    expect(drain(object)).toBe(3)
    expect(object.globals['received']).toBe(3n)
    expect(kept(object).slice(0, 3)).toEqual(
      [1n, 2n, 3n].map((number) => ({ number, text: `number ${number}` })),
    )
    expect(object.openUserRingBuffer('commands').statistics).toMatchObject({ submitted: 3, used: 0 })
  })

  userRingTest('goes round its memory, skips what is discarded and stops at what is not finished', () => {
    using object = load()
    const ring = object.openUserRingBuffer('commands')
    let written = 0n
    for (let round = 0; round < 500; round++) {
      const [one, two, three] = [ring.reserve(24)!, ring.reserve(100)!, ring.reserve(24)!]
      for (const record of [one, three]) {
        record.setU64(0, ++written)
        record.setBytes(8, new Uint8Array(16))
      }
      three.submit()
      expect(drain(object)).toBeLessThanOrEqual(0)
      two.discard()
      one.submit()
      // A discarded record counts as none, and the kernel may end a drain at it.
      while (drain(object) > 0);
      expect(object.globals['received']).toBe(written)
    }
    expect(ring.statistics).toMatchObject({ submitted: 1000, discarded: 500, used: 0 })
    expect(object.globals['short_ones']).toBe(0n)
  })

  userRingTest('waits for a program that makes space, without spinning', async () => {
    const recording = recordingKernel(openKernel())
    {
      using object = load(recording.kernel)
      const ring = object.openUserRingBuffer('commands')
      const large = new Uint8Array(ring.statistics.size / 2 - 8)
      expect(ring.output(large)).toBe(true)
      expect(ring.output(new Uint8Array(24))).toBe(true)
      let isDone = false
      const wait = ring.outputAsync(large).then(() => {
        isDone = true
      })
      await sleep(30)
      expect(isDone).toBe(false)
      // Half of the buffer is free, so poll(2) says all the time that it is writable.
      expect(ring.statistics.wakeups).toBeLessThanOrEqual(1)
      expect(drain(object)).toBe(2)
      await wait
      expect(drain(object)).toBe(1)
      expect(recording.polls()).toBe(0)
    }
    expect(recording.openDescriptors().size).toBe(0)
    expect(recording.mappings()).toBe(0)
  })

  userRingTest('gives up where no program makes space', async () => {
    using object = load()
    const commands = object.userRingBuffer<Message>('commands', 'message')
    while (commands.write({ number: 0n, text: '' }));
    const write = commands.writeAsync({ number: 1n, text: 'late' }, { timeout: 10 })
    await expect(write).rejects.toMatchObject({ code: 'RINGBUF_TIMEOUT' })
  })

  userRingTest('lets many wait, and loses no wakeup', async () => {
    using object = load()
    const commands = object.userRingBuffer<Message>('commands')
    const writes = Array.from({ length: 2000 }, (_, index) =>
      commands.writeAsync({ number: BigInt(index), text: 'x' }, { timeout: 20_000 }),
    )
    const all = Promise.all(writes)
    const timer = setInterval(() => drain(object), 1)
    await all.finally(() => {
      clearInterval(timer)
    })
    drain(object)
    expect(object.globals['received']).toBe(2000n)
  })

  userRingTest('refuses other maps, larger records, wrong values, and use after close', () => {
    using object = load()
    bpfErrorOf('MAP_WRONG_TYPE', () => object.openUserRingBuffer('.bss'))
    bpfErrorOf('MAP_WRONG_TYPE', () => object.openRingBuffer('commands'))
    const ring = object.openUserRingBuffer('commands')
    bpfErrorOf('RINGBUF_BAD_ARGUMENT', () => ring.reserve(ring.statistics.size))
    bpfErrorOf('BTF_BAD_VALUE', () => object.userRingBuffer('commands').write({ number: 'one', text: '' }))
    expect(ring.statistics.used).toBe(0)
    object.close()
    bpfErrorOf('RINGBUF_CLOSED', () => ring.reserve(1))
    bpfErrorOf('OBJECT_CLOSED', () => object.userRingBuffer('commands'))
  })
})
