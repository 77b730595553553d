import { describe, expect, it } from 'vitest'
import { fdNumber } from '../../src/base/units.ts'
import { RingWaiter } from '../../src/ringbuf/ring_waiter.ts'
import { FakeRingKernel } from './fake_ring_kernel.ts'
import { RingProducer } from './ring_producer.ts'

interface Waiting {
  readonly kernel: FakeRingKernel
  readonly producer: RingProducer
  readonly waiter: RingWaiter
}

function waiting(): Waiting {
  const producer = new RingProducer()
  const kernel = new FakeRingKernel(producer)
  return {
    kernel,
    producer,
    waiter: new RingWaiter(kernel, {
      descriptors: [fdNumber(9)],
      isReady: () => false,
      readable: 'while records are there',
    }),
  }
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

describe('RingWaiter', () => {
  it('watches nothing before the first wait', () => {
    expect(waiting().kernel.watching).toBe(0)
  })

  it('resolves when the ring becomes readable', async () => {
    const { kernel, producer, waiter } = waiting()
    const wait = waiter.wait()
    setImmediate(() => producer.outputU32(1))
    await wait
    expect(waiter.wakeups).toBe(1)
    expect(kernel.watching).toBe(1)
    waiter.close()
  })

  it('resolves if the ring was readable before the wait began', async () => {
    const { producer, waiter } = waiting()
    producer.outputU32(1)
    await waiter.wait()
    expect(waiter.wakeups).toBe(1)
    waiter.close()
  })

  it('stops watching a readable ring that nobody waits for, and resumes with the next wait', async () => {
    const { kernel, producer, waiter } = waiting()
    producer.outputU32(1)
    await waiter.wait()
    await turns(5)
    expect(kernel.watching).toBe(0)
    expect(kernel.reports).toBe(2)
    await waiter.wait()
    expect(waiter.wakeups).toBe(2)
    waiter.close()
  })

  it('keeps the process alive only while somebody waits', async () => {
    const { kernel, producer, waiter } = waiting()
    const wait = waiter.wait()
    expect(kernel.referenced).toBe(1)
    producer.outputU32(1)
    await wait
    expect(kernel.referenced).toBe(0)
    waiter.close()
  })

  it('ends a wait by wake(), which is no wakeup of the kernel', async () => {
    const { kernel, waiter } = waiting()
    const wait = waiter.wait()
    waiter.wake()
    await wait
    expect(waiter.wakeups).toBe(0)
    expect(kernel.referenced).toBe(0)
    waiter.close()
  })

  it('ends wait and watching by close(), and twice is harmless', async () => {
    const { kernel, waiter } = waiting()
    const wait = waiter.wait()
    waiter.close()
    waiter.close()
    await wait
    expect(kernel.watching).toBe(0)
  })

  it('finds records of which the kernel tells nobody, since adding the descriptor took their wakeup', async () => {
    for (const turn of [0, 1]) {
      let isReady = false
      const kernel = new FakeRingKernel(new RingProducer())
      using waiter = new RingWaiter(kernel, {
        descriptors: [fdNumber(9)],
        isReady: () => isReady,
        readable: 'once for each wakeup',
      })
      const wait = waiter.wait()
      await turns(turn)
      isReady = true
      expect(await Promise.race([wait, turns(5).then(() => 'not found')])).toBeUndefined()
      expect(waiter.wakeups).toBe(0)
    }
  })
})
