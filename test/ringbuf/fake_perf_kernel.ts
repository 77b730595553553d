import { bpf_cmd } from '../../src/abi/generated/bpf.ts'
import { perf_event_ioctl } from '../../src/abi/perf_event_attr.ts'
import { PROT_WRITE } from '../../src/abi/syscall_flags.ts'
import type { EncodedAttr } from '../../src/abi/encoded_attr.ts'
import type { Fd } from '../../src/base/units.ts'
import { ONLINE_CPUS_PATH } from '../../src/kernel/cpu_list.ts'
import type { Mapping, MmapRequest, PollHandle } from '../../src/kernel/kernel.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'
import { PerfWriter } from './perf_writer.ts'

/** An event that a test opened. */
export interface FakePerfEvent {
  readonly cpu: number
  readonly attr: DataView
  /** There once the event is mapped. */
  writer: PerfWriter | undefined
}

/**
 * A kernel with cpus 0 and 2 online, perf events and one perf event array. poll(2) says once for each wakeup that an event is
 * readable, and watching it is enough to be told, as the kernel's does: what was told to nobody is lost.
 */
export class FakePerfKernel extends FakeKernel {
  readonly events = new Map<number, FakePerfEvent>()
  /** The map: descriptors of events by cpu. */
  readonly slots = new Map<number, number>()
  readonly #wakeups = new Set<number>()
  watching = 0
  /** What happens just before the events are watched. */
  beforePoll = (): void => undefined
  /** What happens just before the event loop watches them too. */
  beforeTurn = (): void => undefined

  constructor() {
    super({ files: { [ONLINE_CPUS_PATH]: '0,2\n' } })
    this.onBpf = (command, attr) => this.#bpf(command, attr)
  }

  /** The writer of a cpu's event. */
  writer(cpu: number): PerfWriter {
    const event = [...this.events.values()].find((each) => each.cpu === cpu)
    if (event?.writer === undefined) throw new Error(`no mapped event on cpu ${cpu}`)
    return event.writer
  }

  /** What the kernel does once enough was written. */
  wake(cpu: number): void {
    for (const [fd, event] of this.events) if (event.cpu === cpu) this.#wakeups.add(fd)
  }

  override perfEventOpen(attr?: EncodedAttr, _pid?: number, cpu = 0): Fd {
    const fd = super.perfEventOpen()
    const { buffer, byteOffset, byteLength } = attr!.bytes
    this.events.set(fd, { cpu, attr: new DataView(buffer, byteOffset, byteLength), writer: undefined })
    return fd
  }

  override mmap(fd: Fd, request: Pick<MmapRequest, 'length' | 'visible' | 'protection'>): Mapping {
    const mapping = super.mmap(fd, request)
    const size = request.length - this.pageSize
    const direction = (request.protection & PROT_WRITE) === 0 ? 'backward' : 'forward'
    const writer = new PerfWriter({ size, direction, pageSize: this.pageSize })
    this.events.get(fd)!.writer = writer
    const unmap = (): void => {
      mapping.unmap()
    }
    return { buffer: writer.memory.buffer, unmap, [Symbol.dispose]: unmap }
  }

  override ioctl(fd: Fd, request?: number, argument?: number): number {
    if (request === perf_event_ioctl.PERF_EVENT_IOC_PAUSE_OUTPUT)
      this.events.get(fd)!.writer!.paused = argument === 1
    return super.ioctl(fd)
  }

  override close(fd: Fd): void {
    super.close(fd)
    this.events.delete(fd)
  }

  override poll(descriptors: readonly Fd[], onReadable: () => void): PollHandle {
    this.beforePoll()
    this.watching++
    const take = (): boolean => descriptors.map((fd) => this.#wakeups.delete(fd)).some((wasAwake) => wasAwake)
    take()
    let timer: NodeJS.Immediate | undefined
    const look = (): void => {
      timer = setImmediate(look)
      if (take()) onReadable()
    }
    timer = setImmediate(() => {
      // The event loop adds the epoll descriptor to its own.
      this.beforeTurn()
      take()
      look()
    })
    const close = (): void => {
      if (timer === undefined) return
      clearImmediate(timer)
      timer = undefined
      this.watching--
    }
    return { close, ref: () => undefined, unref: () => undefined, [Symbol.dispose]: close }
  }

  #bpf(command: number, attr: EncodedAttr): number {
    const buffer = (field: string): number => {
      const target = attr.pointers.find((slot) => slot.field === field)!.target
      return new DataView(target.buffer, target.byteOffset).getUint32(0, true)
    }
    if (command === bpf_cmd.BPF_MAP_UPDATE_ELEM) this.slots.set(buffer('key'), buffer('value'))
    else if (!this.slots.delete(buffer('key'))) throw new SyscallError({ syscall: 'bpf', errno: 2 })
    return 0
  }
}
