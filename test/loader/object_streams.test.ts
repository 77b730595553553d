import { describe, expect, it } from 'vitest'
import { bpf_map_type } from '../../src/abi/generated/bpf.ts'
import { fdNumber, VOID } from '../../src/base/units.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import { ObjectStreams } from '../../src/loader/object_streams.ts'
import { BpfMap } from '../../src/maps/bpf_map.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'
import { writeObject } from '../object/object_writer.ts'
import { FakePerfKernel } from '../ringbuf/fake_perf_kernel.ts'

const globals: Readonly<Record<string, unknown>> = { lost: 3, each: [1n, 2, 3n], name: 'lost' }

/** An object with a perf event array for four cpus and an array. */
function streams(kernel: Kernel = new FakePerfKernel()): ObjectStreams {
  const spec = parseObject(
    writeObject({
      types: (builder, { u32 = VOID }) => ({
        event: builder.addStruct('event', 4, [{ name: 'pid', type: u32, bitOffset: 0 }]),
      }),
      maps: [
        { name: 'events', uints: { type: bpf_map_type.BPF_MAP_TYPE_PERF_EVENT_ARRAY, max_entries: 4 } },
        { name: 'rb', uints: { type: bpf_map_type.BPF_MAP_TYPE_RINGBUF, max_entries: 4096 } },
        { name: 'counts', uints: { type: 2, max_entries: 1 }, types: { key: 'u32', value: 'u64' } },
      ],
    }),
    'perf.bpf.o',
  )
  return new ObjectStreams({
    kernel,
    fileName: 'perf.bpf.o',
    types: spec.btf,
    global: (name) => globals[name] ?? expect.fail(`no variable ${name}`),
    map: (name) => {
      const fd = kernel instanceof FakeKernel ? kernel.allocate(name) : fdNumber(9)
      const attributes = spec.maps.get(name) ?? expect.fail(`no map ${name}`)
      return new BpfMap(kernel, new FileDescriptor(kernel, fd, name), attributes)
    },
  })
}

describe('ObjectStreams', () => {
  it('decodes the samples of a perf buffer, and keeps it to be closed', async () => {
    const kernel = new FakePerfKernel()
    const object = streams(kernel)
    const records = object.perfBuffer<{ pid: number }>('events', 'event', { bytesPerCpu: 1 })
    kernel.writer(2).sampleU32(42)
    expect(await records.next()).toEqual({ value: { pid: 42 }, done: false })
    await records.return()
    for (const stream of object.open) stream.close()
    expect([...kernel.descriptors.values()]).toEqual(['events'])
  })

  it('opens nothing for a type that is not known', () => {
    const kernel = new FakePerfKernel()
    bpfErrorOf('OBJECT_UNKNOWN_NAME', () => streams(kernel).perfBuffer('events', 'other', {}))
    expect(kernel.descriptors.size).toBe(0)
  })

  it('has one buffer of a map at a time', () => {
    const object = streams()
    const perf = object.openPerfBuffer('events', { wakeupEvents: 2 })
    expect(object.openPerfBuffer('events', {})).toBe(perf)
    expect(object.openPerfBuffer('events', { wakeupEvents: undefined })).toBe(perf)
    const error = bpfErrorOf('RINGBUF_IN_USE', () => object.openPerfBuffer('events', { wakeupEvents: 2 }))
    expect(error.message).toContain('Close the open one first')
    bpfErrorOf('RINGBUF_IN_USE', () => object.openOverwritablePerfBuffer('events', {}))
    perf.close()
    const overwritable = object.openOverwritablePerfBuffer('events', {})
    bpfErrorOf('RINGBUF_IN_USE', () => object.openPerfBuffer('events', {}))
    expect(object.open).toEqual([overwritable])
  })

  it('reads the variables in which programs count what they lost', () => {
    const object = streams(new FakeKernel())
    expect(object.openRingBuffer('rb', {}).statistics).toMatchObject({ size: 4096, lost: undefined })
    bpfErrorOf('RINGBUF_IN_USE', () => object.openRingBuffer('rb', { lostCounter: 'lost' }))
    for (const [lostCounter, lost] of [
      ['lost', 3n],
      ['each', 6n],
    ] as const) {
      for (const stream of object.open) stream.close()
      expect(object.openRingBuffer('rb', { lostCounter }).statistics.lost).toBe(lost)
    }
    for (const stream of object.open) stream.close()
    bpfErrorOf('RINGBUF_BAD_ARGUMENT', () => object.openRingBuffer('rb', { lostCounter: 'name' }))
  })

  it('refuses maps of other types by what they are and should be', () => {
    const error = bpfErrorOf('MAP_WRONG_TYPE', () => streams().openPerfBuffer('counts', {}))
    expect(error.message).toBe(
      'perf.bpf.o: cannot open map counts as a perf buffer: it is of type 2, not BPF_MAP_TYPE_PERF_EVENT_ARRAY (4)',
    )
    bpfErrorOf('MAP_WRONG_TYPE', () => streams().openRingBuffer('events', {}))
  })
})
