import { describe, expect } from 'vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import { bpf_func_id, bpf_map_type } from '../../src/abi/generated/bpf.ts'
import * as asm from '../../src/insn/assemble.ts'
import { BPF_ADD, BPF_DW, BPF_JEQ, BPF_W } from '../../src/insn/opcodes.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadedObject } from '../../src/loader/loaded_object.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { RingBufferGroup } from '../../src/ringbuf/ring_buffer_group.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeObject } from '../object/object_writer.ts'
import { recordingKernel } from './recording_kernel.ts'
import { bpfTest } from './require.ts'

type RingName = 'one' | 'two'

/**
 * Socket filters `one` and `two`, which write the length of their packet as u64 to the ring buffer of the same name and count in
 * `lost` where there is no space.
 */
function load(kernel?: Kernel): LoadedObject {
  const insns = [
    asm.loadMem(BPF_W, 7, 1, 0),
    asm.storeMem(BPF_DW, 10, -8, 7),
    asm.loadImm64(1, 0n),
    asm.movReg(2, 10),
    asm.aluImm(BPF_ADD, 2, -8),
    asm.movImm(3, 8),
    asm.movImm(4, 0),
    asm.call(bpf_func_id.BPF_FUNC_ringbuf_output),
    asm.jumpImm(BPF_JEQ, 0, 0, 4),
    asm.loadImm64(1, 0n),
    asm.movImm(2, 1),
    asm.atomic(BPF_DW, 1, 0, BPF_ADD, 2),
    asm.exit(),
  ]
  const names: readonly RingName[] = ['one', 'two']
  const bytes = writeObject({
    maps: names.map((name) => ({
      name: `ring_${name}`,
      uints: { type: bpf_map_type.BPF_MAP_TYPE_RINGBUF, max_entries: openKernel().pageSize },
    })),
    data: { '.bss': [{ name: 'lost', type: 'u64' }] },
    programs: names.map((name) => ({
      name,
      section: 'socket',
      insns,
      relocations: [
        { insn: 2, symbol: `ring_${name}` },
        { insn: 10, symbol: 'lost' },
      ],
    })),
  })
  return loadObject(parseObject(bytes, 'rings.bpf.o'), kernel === undefined ? {} : { kernel })
}

function run(object: LoadedObject, ring: RingName, length: number, repeat = 1): void {
  object.program(ring).testRun({ dataIn: new Uint8Array(14 + length), repeat })
}

describe('a ring buffer of the real kernel', () => {
  bpfTest('loses no wakeup while records come one by one', async () => {
    using object = load()
    const ring = object.openRingBuffer('ring_one')
    const values = ring.values((record) => record.u64(0))
    for (let turn = 0; turn < 300; turn++) {
      const next = values.next()
      // Now before anything waits, now while it is about to, now while it does.
      if (turn % 3 === 1) await Promise.resolve()
      if (turn % 3 === 2) await new Promise((resolve) => setImmediate(resolve))
      run(object, 'one', 60 + turn)
      expect(await next).toEqual({ value: BigInt(60 + turn), done: false })
    }
    await values.return()
  })

  bpfTest('tells how full it is, and what its programs lost', () => {
    using object = load()
    const ring = object.openRingBuffer('ring_one', { lostCounter: 'lost' })
    const { size } = ring.statistics
    expect(size).toBe(openKernel().pageSize)
    const fit = Math.floor((size - 1) / 16)
    run(object, 'one', 60, fit + 10)
    expect(ring.statistics).toMatchObject({ records: 0, available: fit * 16, lost: 10n })
    expect(ring.consume(() => undefined)).toBe(fit)
    expect(ring.statistics).toMatchObject({ records: fit, bytes: fit * 8, discarded: 0, available: 0 })
    bpfErrorOf('RINGBUF_BAD_ARGUMENT', () => object.openRingBuffer('ring_two', { lostCounter: 'losses' }))
  })
})

describe('a group of ring buffers of the real kernel', () => {
  bpfTest('wakes for each of them, loses no wakeup and leaves nothing behind', async () => {
    const recording = recordingKernel(openKernel())
    {
      using object = load(recording.kernel)
      const group = new RingBufferGroup(
        (['one', 'two'] as const).map((name) => ({
          ring: object.openRingBuffer(`ring_${name}`),
          read: (record) => `${name} ${record.u64(0)}`,
        })),
      )
      const values = group.values()
      for (let turn = 0; turn < 200; turn++) {
        const next = values.next()
        if (turn % 3 === 1) await Promise.resolve()
        if (turn % 3 === 2) await sleep(1)
        const name = turn % 2 === 0 ? 'one' : 'two'
        run(object, name, 60 + turn)
        expect(await next).toEqual({ value: `${name} ${60 + turn}`, done: false })
      }
      await values.return()
      expect(recording.polls()).toBe(0)
    }
    expect(recording.openDescriptors().size).toBe(0)
    expect(recording.mappings()).toBe(0)
  })
})
