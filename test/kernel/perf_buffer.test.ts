import { stat } from 'node:fs'
import { describe, expect } from 'vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import { bpf_func_id, bpf_map_type } from '../../src/abi/generated/bpf.ts'
import { VOID } from '../../src/base/units.ts'
import * as asm from '../../src/insn/assemble.ts'
import { BPF_ADD, BPF_DW, BPF_W } from '../../src/insn/opcodes.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { readOnlineCpus } from '../../src/kernel/cpu_list.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadedObject } from '../../src/loader/loaded_object.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeObject } from '../object/object_writer.ts'
import { recordingKernel } from './recording_kernel.ts'
import { bpfTest } from './require.ts'

/** BPF_F_CURRENT_CPU as the index into the map. */
const CURRENT_CPU = 0xffff_ffffn
/** Bytes, more than the smallest buffer has. */
const BIG = 8192

/**
 * Two socket filters that return what bpf_perf_event_output does: `small` writes the length of its packet as u64, `big` writes
 * 8 KiB.
 */
function load(kernel?: Kernel): LoadedObject {
  const output = [asm.loadImm64(2, 0n), asm.loadImm64(3, CURRENT_CPU)]
  const small = [
    asm.loadMem(BPF_W, 7, 1, 0),
    asm.storeMem(BPF_DW, 10, -8, 7),
    ...output,
    asm.movReg(4, 10),
    asm.aluImm(BPF_ADD, 4, -8),
    asm.movImm(5, 8),
    asm.call(bpf_func_id.BPF_FUNC_perf_event_output),
    asm.exit(),
  ]
  const big = [
    ...output,
    asm.loadImm64(4, 0n),
    asm.movImm(5, BIG),
    asm.call(bpf_func_id.BPF_FUNC_perf_event_output),
    asm.exit(),
  ]
  const bytes = writeObject({
    types: (builder, { u8 = VOID, u64 = VOID, int = VOID }) => ({
      big: builder.addArray(u8, int, BIG),
      event: builder.addStruct('event', 8, [{ name: 'length', type: u64, bitOffset: 0 }]),
    }),
    maps: [
      {
        name: 'events',
        uints: { type: bpf_map_type.BPF_MAP_TYPE_PERF_EVENT_ARRAY, key_size: 4, value_size: 4 },
      },
      { name: 'counts', uints: { type: 2, max_entries: 1 }, types: { key: 'u32', value: 'u64' } },
    ],
    data: { '.bss': [{ name: 'zeros', type: 'big', bytes: new Array<number>(BIG).fill(0) }] },
    programs: [
      { name: 'small', section: 'socket', insns: small, relocations: [{ insn: 2, symbol: 'events' }] },
      {
        name: 'big',
        section: 'socket',
        insns: big,
        relocations: [
          { insn: 0, symbol: 'events' },
          { insn: 4, symbol: 'zeros' },
        ],
      },
    ],
  })
  return loadObject(parseObject(bytes, 'perf.bpf.o'), kernel === undefined ? {} : { kernel })
}

/** What the program returned, as a signed number, when it was run on a packet with so many bytes behind its header. */
function run(object: LoadedObject, program: 'small' | 'big', length: number, repeat = 1): number {
  return object.program(program).testRun({ dataIn: new Uint8Array(14 + length), repeat }).retval | 0
}

/** Resolves while the event loop polls. */
function polling(): Promise<void> {
  return new Promise((resolve) => {
    stat('/', () => {
      resolve()
    })
  })
}

const ENOENT = -2
const ENOSPC = -28

describe('a perf buffer of the real kernel', () => {
  bpfTest('hands over what a program wrote, padded to 8 bytes behind its length', () => {
    using object = load()
    const perf = object.openPerfBuffer('events')
    for (const length of [100, 101, 102]) expect(run(object, 'small', length)).toBe(0)
    const seen: bigint[] = []
    const online = readOnlineCpus(openKernel())
    expect(
      perf.consume((record, cpu) => {
        seen.push(record.u64(0))
        expect(record.length).toBe(12)
        expect(online).toContain(cpu)
      }),
    ).toBe(3)
    expect(seen.sort()).toEqual([100n, 101n, 102n])
    expect(perf.statistics).toMatchObject({ records: 3, bytes: 36, lost: 0, skipped: 0, available: 0 })
  })

  bpfTest('goes round its memory many times, records that wrap around included', () => {
    using object = load()
    const perf = object.openPerfBuffer('events', { bytesPerCpu: 1 })
    let count = 0
    for (let length = 60; length < 400; length++) {
      expect(run(object, 'small', length, 7)).toBe(0)
      perf.consume((record) => {
        expect(record.u64(0)).toBe(BigInt(length))
        count++
      })
    }
    expect(count).toBe(340 * 7)
    expect(perf.statistics.lost).toBe(0)
  })

  bpfTest('decodes samples by BTF, as they come, and ends when it is told to', async () => {
    const recording = recordingKernel(openKernel())
    const object = load(recording.kernel)
    const controller = new AbortController()
    const records = object.perfBuffer<{ length: bigint }>('events', 'event', { signal: controller.signal })
    const seen: bigint[] = []
    const reading = (async () => {
      for await (const { length } of records) seen.push(length)
    })()
    for (const length of [60, 61, 62]) {
      await sleep(5)
      run(object, 'small', length)
    }
    for (let turn = 0; turn < 100 && seen.length < 3; turn++) await sleep(5)
    expect(seen).toEqual([60n, 61n, 62n])
    expect(object.openPerfBuffer('events').statistics.wakeups).toBeGreaterThan(0)
    controller.abort()
    await reading
    object.close()
    expect(recording.openDescriptors().size).toBe(0)
    expect([recording.mappings(), recording.polls()]).toEqual([0, 0])
  })

  bpfTest('loses no wakeup while records come one by one', async () => {
    using object = load()
    const perf = object.openPerfBuffer('events')
    const records = perf.records(object.decoder<{ length: bigint }>('event'))
    for (let turn = 0; turn < 300; turn++) {
      const next = records.next()
      // Now before anything waits, now while it is about to, now while it does.
      if (turn % 3 === 1) await Promise.resolve()
      if (turn % 3 === 2) await new Promise((resolve) => setImmediate(resolve))
      run(object, 'small', 60 + turn)
      expect(await next).toEqual({ value: { length: BigInt(60 + turn) }, done: false })
    }
    await records.return()
  })

  bpfTest('loses no wakeup where a wait begins while the event loop polls', async () => {
    using object = load()
    const perf = object.openPerfBuffer('events')
    const decoder = object.decoder<{ length: bigint }>('event')
    for (let turn = 0; turn < 20; turn++) {
      await polling()
      const records = perf.records(decoder)
      const next = records.next()
      // Behind this poll and before the next one, in which the event loop begins to watch.
      setImmediate(() => run(object, 'small', 60))
      expect(await Promise.race([next, sleep(2000, 'nothing')])).toEqual({
        value: { length: 60n },
        done: false,
      })
      await records.return()
    }
  })

  bpfTest('tells how many records found no space', () => {
    using object = load()
    const perf = object.openPerfBuffer('events', { bytesPerCpu: 1, cpus: readOnlineCpus(openKernel()) })
    const size = openKernel().pageSize
    const written = Math.floor((2 * size) / 24)
    const failed = run(object, 'small', 60, written)
    expect(failed).toBe(ENOSPC)
    const before = perf.consume(() => undefined)
    expect(before).toBe(Math.floor(size / 24))
    // The kernel tells on the cpu that lost them, with its next record.
    for (let attempt = 0; attempt < 1000 && perf.statistics.lost === 0; attempt++) {
      run(object, 'small', 60)
      perf.consume(() => undefined)
    }
    expect(perf.statistics.lost).toBe(written - before)
  })

  bpfTest('refuses a record that is larger than the buffer, and goes on', () => {
    using object = load()
    const perf = object.openPerfBuffer('events', { bytesPerCpu: 1 })
    const fits = openKernel().pageSize > BIG
    expect(run(object, 'big', 60)).toBe(fits ? 0 : ENOSPC)
    expect(run(object, 'small', 60)).toBe(0)
    expect(perf.consume(() => undefined)).toBe(fits ? 2 : 1)
    perf.close()
    const larger = object.openPerfBuffer('events', { bytesPerCpu: 4 * BIG })
    expect(run(object, 'big', 60)).toBe(0)
    expect(
      larger.consume((record) => {
        expect(record.length).toBe(BIG + 4)
      }),
    ).toBe(1)
  })

  bpfTest('loses what is written while it is paused, and what is written when it is closed', () => {
    using object = load()
    const perf = object.openPerfBuffer('events')
    perf.pause()
    expect(run(object, 'small', 60)).toBeLessThan(0)
    perf.resume()
    expect(run(object, 'small', 61)).toBe(0)
    const seen: bigint[] = []
    perf.consume((record) => seen.push(record.u64(0)))
    expect(seen).toEqual([61n])
    perf.close()
    expect(run(object, 'small', 62)).toBe(ENOENT)
    const again = object.openPerfBuffer('events')
    expect(run(object, 'small', 63)).toBe(0)
    expect(again.consume(() => undefined)).toBe(1)
  })

  bpfTest('wakes its reader only when enough has come', async () => {
    using object = load()
    for (const options of [{ wakeupEvents: 50 }, { wakeupBytes: 24 * 50 }]) {
      const perf = object.openPerfBuffer('events', { ...options, bytesPerCpu: 64 * 1024 })
      const controller = new AbortController()
      let count = 0
      const reading = perf.forEach(() => count++, { signal: controller.signal })
      // A wait that has begun looks for records by itself for two turns of the event loop.
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
      run(object, 'small', 60, 10)
      await sleep(20)
      expect(count).toBe(0)
      // On two cpus at most.
      for (let more = 0; more < 3; more++) run(object, 'small', 60, 60)
      for (let turn = 0; turn < 100 && count === 0; turn++) await sleep(5)
      expect(count).toBeGreaterThan(10)
      controller.abort()
      await reading
      perf.close()
    }
  })

  bpfTest('may be closed from within its callback', async () => {
    const recording = recordingKernel(openKernel())
    {
      using object = load(recording.kernel)
      const perf = object.openPerfBuffer('events')
      run(object, 'small', 60, 5)
      let visits = 0
      await perf.forEach(() => {
        visits++
        perf.close()
      })
      expect(visits).toBe(1)
      bpfErrorOf('RINGBUF_CLOSED', () => perf.consume(() => undefined))
    }
    expect(recording.mappings()).toBe(0)
  })

  bpfTest('is one at a time, and of the right type of map', () => {
    using object = load()
    bpfErrorOf('MAP_WRONG_TYPE', () => object.openPerfBuffer('counts'))
    bpfErrorOf('MAP_WRONG_TYPE', () => object.openOverwritablePerfBuffer('counts'))
    bpfErrorOf('OBJECT_UNKNOWN_NAME', () => object.openPerfBuffer('other'))
    const perf = object.openPerfBuffer('events')
    expect(object.openPerfBuffer('events')).toBe(perf)
    bpfErrorOf('RINGBUF_IN_USE', () => object.openPerfBuffer('events', { wakeupEvents: 2 }))
    bpfErrorOf('RINGBUF_IN_USE', () => object.openOverwritablePerfBuffer('events'))
    object.close()
    bpfErrorOf('OBJECT_CLOSED', () => object.openPerfBuffer('events'))
  })

  bpfTest('refuses a cpu that is not there', () => {
    using object = load()
    const cpus = [0, object.map('events').attributes.maxEntries]
    bpfErrorOf('RINGBUF_BAD_ARGUMENT', () => object.openPerfBuffer('events', { cpus }))
  })
})

describe('an overwritable perf buffer of the real kernel', () => {
  bpfTest('has the newest records, newest first', () => {
    using object = load()
    const perf = object.openOverwritablePerfBuffer('events', { bytesPerCpu: 1 })
    const size = openKernel().pageSize
    for (let length = 60; length < 460; length++) expect(run(object, 'small', length)).toBe(0)
    const byCpu = new Map<number, bigint[]>()
    const visited = perf.snapshot((record, cpu) => {
      byCpu.set(cpu, [...(byCpu.get(cpu) ?? []), record.u64(0)])
    })
    expect(visited).toBeGreaterThanOrEqual(Math.min(Math.floor(size / 24), 400))
    for (const lengths of byCpu.values()) expect(lengths).toEqual([...lengths].sort((a, b) => Number(b - a)))
    expect([...byCpu.values()].flat()).toContain(459n)
    expect(perf.snapshot(() => undefined)).toBe(0)
    expect(run(object, 'small', 60)).toBe(0)
    expect(
      perf.snapshot((record) => {
        expect(record.u64(0)).toBe(60n)
      }),
    ).toBe(1)
  })
})
