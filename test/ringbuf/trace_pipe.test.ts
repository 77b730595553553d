import { getEventListeners } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { TracePipe } from '../../src/ringbuf/trace_pipe.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'

const PATH = '/sys/kernel/tracing/trace_pipe'

/** A kernel whose trace gives what is pushed, and EAGAIN where there is nothing. */
class FakeTraceKernel extends FakeKernel {
  readonly pending: Uint8Array[] = []
  flags: number | undefined

  constructor() {
    super({ files: { [PATH]: '' } })
  }

  push(...chunks: readonly (string | Uint8Array)[]): void {
    for (const chunk of chunks)
      this.pending.push(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk)
    for (const report of this.polled.values()) report()
  }

  override open(path: string, flags?: number): ReturnType<Kernel['open']> {
    this.flags = flags
    return super.open(path)
  }

  override read(_fd: unknown, buffer: Uint8Array): number {
    const chunk = this.pending.shift()
    if (chunk === undefined) throw new SyscallError({ syscall: 'read', errno: 11 })
    buffer.set(chunk)
    return chunk.length
  }
}

function open(): { readonly kernel: FakeTraceKernel; readonly pipe: TracePipe } {
  const kernel = new FakeTraceKernel()
  return { kernel, pipe: TracePipe.open(kernel) }
}

describe('TracePipe', () => {
  it('opens the pipe so that no read waits', () => {
    expect(open().kernel.flags).toBe(0o4000)
  })

  it('says that somebody else reads the trace', () => {
    const EBUSY = 16
    const busy = failingKernel(new FakeTraceKernel(), { method: 'open', errno: EBUSY })
    const error = bpfErrorOf('TRACE_IN_USE', () => TracePipe.open(busy))
    expect(error.message).toBe(
      'the trace has a reader already, and this kernel lets one process read it: end that one, which has trace_pipe open ' +
        '(cat, another rawbpf, bpftool prog tracelog)',
    )
    expect(error.cause).toMatchObject({ errnoName: 'EBUSY' })
  })

  it('gives line by line, however they are cut', async () => {
    const { kernel, pipe } = open()
    const euro = new TextEncoder().encode('€')
    kernel.push('one\ntw', 'o\n', euro.subarray(0, 1), euro.subarray(1), '\n', Uint8Array.of(0xff, 10), '\n')
    const lines = pipe.lines()
    for (const value of ['one', 'two', '€', '\ufffd', ''])
      expect(await lines.next()).toEqual({ value, done: false })
    await lines.return()
    expect(kernel.polled.size).toBe(0)
  })

  it('waits for what comes later', async () => {
    const { kernel, pipe } = open()
    const lines = pipe.lines()
    const next = lines.next()
    await nextTurn()
    expect(kernel.polled.size).toBe(1)
    kernel.push('late\n')
    expect(await next).toEqual({ value: 'late', done: false })
    await lines.return()
  })

  it('keeps the lines that were not asked for', async () => {
    const { kernel, pipe } = open()
    kernel.push('one\ntwo\n')
    for await (const line of pipe.lines()) {
      expect(line).toBe('one')
      break
    }
    expect(await pipe.lines().next()).toEqual({ value: 'two', done: false })
  })

  it('ends with the abort, before the start or while it waits, and leaves no listener', async () => {
    const { kernel, pipe } = open()
    for await (const line of pipe.lines({ signal: AbortSignal.abort() })) expect.fail(line)
    const controller = new AbortController()
    const next = pipe.lines({ signal: controller.signal }).next()
    await nextTurn()
    controller.abort()
    expect(await next).toEqual({ value: undefined, done: true })
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    expect(kernel.polled.size).toBe(0)
  })

  it('ends where it is closed, and is closed once', async () => {
    const { kernel, pipe } = open()
    const next = pipe.lines().next()
    await nextTurn()
    pipe.close()
    pipe.close()
    expect(await next).toEqual({ value: undefined, done: true })
    expect(kernel.descriptors.size).toBe(0)
    await expect(pipe.lines().next()).rejects.toMatchObject({ code: 'RINGBUF_CLOSED' })
  })

  it('has one reader at a time', async () => {
    const { kernel, pipe } = open()
    kernel.push('one\ntwo\n')
    const lines = pipe.lines()
    await lines.next()
    await expect(pipe.lines().next()).rejects.toMatchObject({ code: 'RINGBUF_IN_USE' })
    await lines.return()
    expect(await pipe.lines().next()).toEqual({ value: 'two', done: false })
  })

  it('says why there is no trace', () => {
    bpfErrorOf('NO_TRACEFS', () => TracePipe.open(new FakeKernel()))
  })
})
