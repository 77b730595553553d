import { describe, expect, it } from 'vitest'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadedObject } from '../../src/loader/loaded_object.ts'
import type { LoadStep } from '../../src/loader/steps.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { BpfKernel } from './bpf_kernel.ts'
import { smallSpec } from './small_object.ts'

const load = (kernel = new BpfKernel()): LoadedObject => loadObject(smallSpec(), { kernel })

/** A kernel whose links close only when the test says so. */
class SlowKernel extends BpfKernel {
  readonly closing: { readonly what: string; readonly finish: (error?: Error) => void }[] = []

  override closeAsync(fd: Parameters<BpfKernel['closeAsync']>[0]): Promise<void> {
    const what = this.descriptors.get(fd) ?? 'nothing'
    this.close(fd)
    return new Promise((resolve, reject) => {
      const finish = (error?: Error): void => {
        if (error === undefined) resolve()
        else reject(error)
      }
      this.closing.push({ what, finish })
    })
  }

  /** Lets everything that is closing end, and what closes after it. */
  async finishAll(): Promise<void> {
    while (this.closing.length > 0) {
      for (const { finish } of this.closing.splice(0)) finish()
      await new Promise(setImmediate)
    }
  }
}

describe('the decoder of a loaded object', () => {
  it('makes values of a type of the object’s BTF, and knows how many bytes it reads', () => {
    using object = load()
    const decoder = object.decoder('record')
    const bytes = new Uint8Array(decoder.size)
    expect(decoder.size).toBeGreaterThan(0)
    expect(decoder.decode(new DataView(bytes.buffer), 0)).toBeTypeOf('object')
  })

  it('refuses a type that the object’s BTF does not have', () => {
    using object = load()
    bpfErrorOf('OBJECT_UNKNOWN_NAME', () => object.decoder('event'))
  })
})

describe('the globals of a loaded object', () => {
  it('are read from the kernel each time', () => {
    const kernel = new BpfKernel()
    using object = load(kernel)
    expect(object.globals).toMatchObject({ limit: 5n, first: 1n, second: 2n, lost: 0n })
    const fd = object.maps.get('.bss')?.fd ?? -1
    kernel.values.get(fd)?.set([9])
    expect(object.globals['lost']).toBe(9n)
  })

  it('are written to the kernel, the neighbours staying as they are there', () => {
    const kernel = new BpfKernel()
    using object = load(kernel)
    const fd = object.maps.get('.data')?.fd ?? -1
    kernel.values.get(fd)?.set([7], 0)
    object.globals['second'] = 8n
    expect(object.globals).toMatchObject({ first: 7n, second: 8n })
  })

  it('are mapped at the first use, once for each section, and unmapped with the object', () => {
    const kernel = new BpfKernel()
    {
      using object = load(kernel)
      expect(kernel.mappings).toBe(0)
      for (const value of [1n, 2n]) {
        object.globals['lost'] = value
        expect(object.globals['lost']).toBe(value)
        expect(kernel.mappings).toBe(1)
      }
      expect(object.globals['limit']).toBe(5n)
      expect(kernel.mappings).toBe(2)
    }
    expect(kernel.mappings).toBe(0)
  })

  it('cannot be used once the object is closed', () => {
    const kernel = new BpfKernel()
    const object = load(kernel)
    expect(object.globals['lost']).toBe(0n)
    object.close()
    bpfErrorOf('DESCRIPTOR_CLOSED', () => object.globals['lost'])
    bpfErrorOf('DESCRIPTOR_CLOSED', () => object.globals['limit'])
    bpfErrorOf('DESCRIPTOR_CLOSED', () => {
      object.globals['lost'] = 1n
    })
    expect(kernel.mappings).toBe(0)
  })

  it('are not written once they are frozen', () => {
    using object = load()
    const error = bpfErrorOf('MAP_READ_ONLY', () => {
      object.globals['limit'] = 6n
    })
    expect(error.message).toContain('cannot set limit: .rodata is frozen')
    expect(object.globals['limit']).toBe(5n)
  })

  it('that do not exist are refused with the names of those that do', () => {
    using object = load()
    const error = bpfErrorOf('OBJECT_UNKNOWN_NAME', () => {
      object.globals['limits'] = 6n
    })
    expect(error.message).toContain('it has only')
    expect(error.message).toContain('limit')
  })
})

describe('LoadedObject.ringBuffer', () => {
  it('refuses a map that is not there with the names of those that are', () => {
    using object = load()
    const error = bpfErrorOf('OBJECT_UNKNOWN_NAME', () => object.ringBuffer('rbb', 'record'))
    expect(error.message).toBe('dir/small.bpf.o has no map rbb; it has counts, rb, .rodata, .data, .bss')
  })

  it('refuses a type that is not there and says how to get it in', () => {
    using object = load()
    const error = bpfErrorOf('OBJECT_UNKNOWN_NAME', () => object.ringBuffer('rb', 'event'))
    expect(error.message).toContain('has no struct, union or typedef event')
  })

  it('decodes records of the type that the definition declares, and needs no other', async () => {
    const kernel = new BpfKernel()
    const maps = [{ name: 'rb', uints: { type: 27, max_entries: 4096 }, types: { value: 'record' } }]
    using object = loadObject(smallSpec({ maps, programs: [{}] }), { kernel })
    expect(object.maps.get('rb')?.attributes).toMatchObject({ valueSize: 0, maxEntries: 4096 })
    const records = object.ringBuffer('rb')
    await records.return()
    expect(kernel.mappings).toBe(2)
  })

  it('refuses records of no type where the definition declares none', () => {
    using object = load()
    const error = bpfErrorOf('OBJECT_UNKNOWN_NAME', () => object.ringBuffer('rb'))
    expect(error.message).toContain('add __type(value, struct ...) to the definition')
  })

  it('refuses an object without BTF', () => {
    const spec = smallSpec()
    using object = loadObject({ ...spec, btf: undefined, btfExt: undefined }, { kernel: new BpfKernel() })
    const error = bpfErrorOf('OBJECT_UNKNOWN_NAME', () => object.ringBuffer('rb', 'event'))
    expect(error.message).toContain('build it with clang -g')
  })

  it('refuses a map that is no ring buffer, and maps nothing', () => {
    const kernel = new BpfKernel()
    using object = load(kernel)
    const error = bpfErrorOf('MAP_WRONG_TYPE', () => object.ringBuffer('counts', 'record'))
    expect(error.message).toContain('cannot open map counts as a ring buffer: it is of type 1')
    expect(kernel.mappings).toBe(0)
  })

  it('maps a ring buffer once, however often it is asked for, and again after it was closed', () => {
    const kernel = new BpfKernel()
    using object = load(kernel)
    const ring = object.openRingBuffer('rb')
    object.ringBuffer('rb', 'record')
    expect(object.openRingBuffer('rb')).toBe(ring)
    expect(kernel.mappings).toBe(2)
    ring.close()
    expect(object.openRingBuffer('rb')).not.toBe(ring)
    expect(kernel.mappings).toBe(2)
  })
})

describe('LoadedObject.attach', () => {
  it('attaches every program in the order of the object', () => {
    const steps: LoadStep[] = []
    using object = loadObject(smallSpec(), { kernel: new BpfKernel(), observer: (step) => steps.push(step) })
    const links = object.attach()
    expect(links.map(({ program, target }) => `${program}: ${target}`)).toEqual([
      'on_exec: tracepoint sched/sched_process_exec',
      'on_exit: tracepoint sched/sched_process_exit',
    ])
    expect(object.links).toEqual(links)
    expect(steps.filter(({ kind }) => kind === 'link-made')).toHaveLength(2)
  })

  it('attaches no program twice, and one again that was detached', () => {
    using object = load()
    const [first] = object.attach()
    expect(object.attach()).toEqual([])
    first?.close()
    expect(object.attach().map(({ program }) => program)).toEqual(['on_exec'])
  })

  it('detaches what it attached where a later program cannot be', () => {
    const recording = recordingKernel(
      new BpfKernel({ '/sys/kernel/tracing/events/sched/sched_process_exec/id': '310\n' }),
    )
    using object = loadObject(smallSpec(), { kernel: recording.kernel })
    const before = new Map(recording.openDescriptors())
    bpfErrorOf('ATTACH_FAILED', () => object.attach())
    expect(recording.names()).toContain('BPF_LINK_CREATE')
    expect(recording.openDescriptors()).toEqual(before)
    expect(object.links).toEqual([])
  })

  it('passes a program by whose section does not say where to', () => {
    const spec = smallSpec({ programs: [{ name: 'filter', section: 'socket' }] })
    using object = loadObject(spec, { kernel: new BpfKernel() })
    expect(object.attach()).toEqual([])
  })
})

describe('closing a LoadedObject', () => {
  it('closes everything, and a second time nothing', () => {
    const recording = recordingKernel(new BpfKernel())
    const object = loadObject(smallSpec(), { kernel: recording.kernel })
    object.attach()
    object.openRingBuffer('rb')
    expect(recording.openDescriptors().size).toBe(12)
    object.close()
    expect(recording.openDescriptors().size).toBe(0)
    expect(recording.mappings()).toBe(0)
    const calls = recording.calls.length
    object.close()
    expect(recording.calls).toHaveLength(calls)
  })

  it('detaches before it unmaps and closes anything else', () => {
    const recording = recordingKernel(new BpfKernel())
    const object = loadObject(smallSpec(), { kernel: recording.kernel })
    const ring = object.openRingBuffer('rb')
    object.attach()
    const open = new Map(recording.openDescriptors())
    const start = recording.calls.length
    object.close()
    const order = recording.calls.slice(start).map((call) => open.get(Number(call.arguments['fd'])))
    expect(order.slice(0, 4)).toEqual([
      'BPF_LINK_CREATE',
      'perf_event_open',
      'BPF_LINK_CREATE',
      'perf_event_open',
    ])
    expect(order.at(-1)).toBe('BPF_BTF_LOAD')
    expect(ring.closed).toBe(true)
  })

  it('happens at the end of `using`, with nothing left open', () => {
    const kernel = new BpfKernel()
    {
      using object = load(kernel)
      object.attach()
      expect(kernel.descriptors.size).toBe(12)
    }
    expect(kernel.descriptors.size).toBe(0)
  })

  it('happens at the end of `await using`, with nothing left open', async () => {
    const kernel = new BpfKernel()
    {
      await using object = load(kernel)
      object.attach()
      expect(kernel.descriptors.size).toBe(12)
    }
    expect(kernel.descriptors.size).toBe(0)
  })

  it('closes the rest where closing one thing fails, and says so', () => {
    const kernel = new BpfKernel()
    const object = load(kernel)
    object.attach()
    const close = kernel.close.bind(kernel)
    let closes = 0
    kernel.close = (fd) => {
      close(fd)
      if (++closes === 1) throw new SyscallError({ syscall: 'close', errno: 5 })
    }
    bpfErrorOf('EIO', () => {
      object.close()
    })
    expect(kernel.descriptors.size).toBe(0)
  })

  it.each([
    { what: 'attach()', use: (object: LoadedObject) => object.attach(), code: 'OBJECT_CLOSED' },
    {
      what: 'openRingBuffer()',
      use: (object: LoadedObject) => object.openRingBuffer('rb'),
      code: 'OBJECT_CLOSED',
    },
    {
      what: 'ringBuffer()',
      use: (object: LoadedObject) => object.ringBuffer('rb', 'record'),
      code: 'OBJECT_CLOSED',
    },
    { what: 'a global', use: (object: LoadedObject) => object.globals['lost'], code: 'DESCRIPTOR_CLOSED' },
    {
      what: 'a map',
      use: (object: LoadedObject) => object.maps.get('counts')?.lookup(new Uint8Array(4)),
      code: 'DESCRIPTOR_CLOSED',
    },
    {
      what: 'a program',
      use: (object: LoadedObject) => object.programs.get('on_exec')?.fd,
      code: 'DESCRIPTOR_CLOSED',
    },
  ])('makes a later use of $what a typed error', ({ use, code }) => {
    const object = load()
    object.openRingBuffer('rb')
    object.close()
    bpfErrorOf(code, () => use(object))
  })
})

describe('LoadedObject.closeAsync', () => {
  it('starts to close all links before it waits for any', async () => {
    const kernel = new SlowKernel()
    const object = load(kernel)
    object.attach()
    const closed = object.closeAsync()
    expect(kernel.closing.map(({ what }) => what)).toEqual(['BPF_LINK_CREATE', 'BPF_LINK_CREATE'])
    await kernel.finishAll()
    await closed
    expect(kernel.descriptors.size).toBe(0)
  })

  it('keeps maps and programs until nothing is attached any more', async () => {
    const kernel = new SlowKernel()
    const object = load(kernel)
    object.attach()
    const ring = object.openRingBuffer('rb')
    const closed = object.closeAsync()
    await new Promise(setImmediate)
    expect(object.globals['lost']).toBe(0n)
    expect(ring.closed).toBe(false)
    await kernel.finishAll()
    await closed
    expect(ring.closed).toBe(true)
  })

  it('lets every caller wait until all is closed', async () => {
    const kernel = new SlowKernel()
    const object = load(kernel)
    object.attach()
    const ended: string[] = []
    const both = [
      object.closeAsync().then(() => ended.push('first')),
      object.closeAsync().then(() => ended.push('second')),
    ]
    await new Promise(setImmediate)
    expect(ended).toEqual([])
    await kernel.finishAll()
    await Promise.all(both)
    expect(ended).toHaveLength(2)
  })

  it('attaches nothing any more while it closes', async () => {
    const kernel = new SlowKernel()
    const object = load(kernel)
    const closed = object.closeAsync()
    bpfErrorOf('OBJECT_CLOSED', () => object.attach())
    await closed
  })

  it('closes the rest where one link does not close, and rejects', async () => {
    const kernel = new SlowKernel()
    const object = load(kernel)
    object.attach()
    const closed = object.closeAsync()
    const [first] = kernel.closing.splice(0, 1)
    first?.finish(new SyscallError({ syscall: 'close', errno: 5 }))
    const rejected = expect(closed).rejects.toMatchObject({ code: 'EIO' })
    await kernel.finishAll()
    await rejected
    expect(kernel.descriptors.size).toBe(0)
  })
})
