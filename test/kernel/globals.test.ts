import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect } from 'vitest'
import { VOID } from '../../src/base/units.ts'
import {
  aluImm,
  aluReg,
  atomic,
  exit,
  jumpReg,
  loadImm64,
  loadMem,
  movImm,
  movReg,
  storeMem,
} from '../../src/insn/assemble.ts'
import { BPF_ADD, BPF_DW, BPF_JEQ, BPF_LSH, BPF_RSH } from '../../src/insn/opcodes.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { readTracepointId } from '../../src/kernel/tracefs.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadedObject } from '../../src/loader/loaded_object.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeObject } from '../object/object_writer.ts'
import { failingKernel } from './failing_kernel.ts'
import { recordingKernel } from './recording_kernel.ts'
import { bpfTest, kernelTest } from './require.ts'

const EINVAL = 22

/** Packets for socket filters have an Ethernet header. */
const packet = new Uint8Array(64)

/**
 * On every system call of any process: `counter` plus one, and `total` of another section plus one; and `torn` plus one
 * where the halves of `pair` are not the same.
 */
function countingSpec(): ObjectSpec {
  const insns = [
    loadImm64(1, 0n),
    movImm(2, 1),
    atomic(BPF_DW, 1, 0, BPF_ADD, 2),
    loadImm64(1, 0n),
    atomic(BPF_DW, 1, 0, BPF_ADD, 2),
    loadImm64(3, 0n),
    loadMem(BPF_DW, 4, 3, 0),
    movReg(5, 4),
    aluImm(BPF_RSH, 5, 32),
    aluImm(BPF_LSH, 4, 32),
    aluImm(BPF_RSH, 4, 32),
    jumpReg(BPF_JEQ, 4, 5, 3),
    loadImm64(1, 0n),
    atomic(BPF_DW, 1, 0, BPF_ADD, 2),
    movImm(0, 0),
    exit(),
  ]
  const relocations = [
    { insn: 0, symbol: 'counter' },
    { insn: 4, symbol: 'total' },
    { insn: 7, symbol: 'pair' },
    { insn: 15, symbol: 'torn' },
  ]
  const bytes = writeObject({
    programs: [{ name: 'count', section: 'tp/raw_syscalls/sys_enter', insns, relocations }],
    data: {
      '.bss': [
        { name: 'counter', type: 'u64' },
        { name: 'pair', type: 'u64' },
        { name: 'torn', type: 'u64' },
      ],
      '.bss.total': [{ name: 'total', type: 'u64' }],
    },
  })
  return parseObject(bytes, 'counting.bpf.o')
}

const syscallTest = kernelTest('the tracepoint raw_syscalls:sys_enter', () => {
  readTracepointId(openKernel(), 'raw_syscalls', 'sys_enter')
  return undefined
})

/** A process that does nothing but system calls, two for each byte that it copies. */
function startSyscalls(): ChildProcess {
  return spawn('dd', ['if=/dev/zero', 'of=/dev/null', 'bs=1'], { stdio: 'ignore' })
}

/** Sets `pair` again and again until `counter` says that programs have run so many times. */
function writePair(object: LoadedObject, runs: bigint): void {
  let count: unknown = 0n
  while (typeof count === 'bigint' && count < runs) {
    for (const pair of [0n, 2n ** 64n - 1n]) object.globals['pair'] = pair
    count = object.globals['counter']
  }
}

describe('globals while programs run', () => {
  syscallTest('are written without touching what a program counts, and never seen by halves', async () => {
    const recording = recordingKernel(openKernel())
    const load = startSyscalls()
    try {
      const object = loadObject(countingSpec(), { kernel: recording.kernel })
      object.attach()
      writePair(object, 50_000n)
      for (const link of object.links) link.close()
      expect(object.globals['counter']).toBe(object.globals['total'])
      expect(object.globals['torn']).toBe(0n)
      await object.closeAsync()
      expect(recording.mappings()).toBe(0)
      expect(recording.openDescriptors().size).toBe(0)
    } finally {
      load.kill()
      await once(load, 'exit')
    }
  })
})

/** A socket filter that returns `samples[3]`, and stores it to `seen`. */
function samplesSpec(): ObjectSpec {
  const insns = [
    loadImm64(1, 24n),
    loadMem(BPF_DW, 0, 1, 0),
    loadImm64(2, 0n),
    storeMem(BPF_DW, 2, 0, 0),
    movReg(1, 0),
    aluReg(BPF_ADD, 1, 1),
    exit(),
  ]
  const relocations = [
    { insn: 0, symbol: 'samples' },
    { insn: 3, symbol: 'seen' },
  ]
  const bytes = writeObject({
    types: (builder, { u64 = VOID, int = VOID }) => ({ samples: builder.addArray(u64, int, 1) }),
    programs: [{ name: 'fourth', section: 'socket', insns, relocations }],
    data: {
      '.bss': [{ name: 'seen', type: 'u64' }],
      '.data.samples': [{ name: 'samples', type: 'samples', bytes: [1, 0, 0, 0, 0, 0, 0, 0] }],
      '.rodata': [{ name: 'limit', type: 'u64', bytes: [5, 0, 0, 0, 0, 0, 0, 0] }],
    },
  })
  return parseObject(bytes, 'samples.bpf.o')
}

function run(object: LoadedObject): number {
  return object.programs.get('fourth')?.testRun({ dataIn: packet }).retval ?? -1
}

describe('a data section that was resized', () => {
  for (const elements of [4, 600]) {
    bpfTest(`has ${elements} elements for programs and for us, with the values that were set`, () => {
      const kernel = openKernel()
      const spec = samplesSpec()
      const map = spec.maps.get('.data.samples') ?? expect.fail('no map')
      map.valueSize = 8 * elements
      const values = Array.from({ length: elements }, (_, index) => BigInt(index) + 10n)
      spec.globals['samples'] = values
      for (let load = 0; load < 2; load++) {
        using object = loadObject(spec, { kernel })
        expect(object.globals['samples']).toEqual(values)
        expect(run(object)).toBe(13)
        expect(object.globals['seen']).toBe(13n)
        object.globals['samples'] = values.map((value) => value * 2n)
        expect(run(object)).toBe(26)
        expect(object.maps.get('.data.samples')?.lookup(new Uint8Array(4))).toHaveLength(8 * elements)
      }
    })
  }

  bpfTest('costs the program that refers to what it does not have', () => {
    bpfErrorOf('RELOCATION_BAD_TARGET', () => loadObject(samplesSpec()))
  })
})

describe('the globals of a loaded object', () => {
  bpfTest('are read and written by system calls where the kernel does not map them', () => {
    const spec = samplesSpec()
    const map = spec.maps.get('.data.samples') ?? expect.fail('no map')
    map.valueSize = 32
    const kernel = failingKernel(openKernel(), { method: 'mmap', errno: EINVAL })
    using object = loadObject(spec, { kernel })
    object.globals['samples'] = [1n, 2n, 3n, 4n]
    expect(run(object)).toBe(4)
    expect(object.globals).toMatchObject({ samples: [1n, 2n, 3n, 4n], seen: 4n, limit: 5n })
    expect(object.maps.get('.bss')?.memory).toBeUndefined()
  })

  bpfTest('are refused when they are frozen, or closed, and kill nobody', () => {
    const spec = samplesSpec()
    const map = spec.maps.get('.data.samples') ?? expect.fail('no map')
    map.valueSize = 32
    const object = loadObject(spec)
    expect(object.globals).toMatchObject({ limit: 5n, seen: 0n })
    bpfErrorOf('MAP_READ_ONLY', () => {
      object.globals['limit'] = 6n
    })
    bpfErrorOf('MAP_READ_ONLY', () => {
      object.maps.get('.rodata')?.memory?.write(0, Uint8Array.of(6))
    })
    const memory = object.maps.get('.bss')?.memory ?? expect.fail('not mapped')
    object.close()
    bpfErrorOf('DESCRIPTOR_CLOSED', () => object.globals['limit'])
    bpfErrorOf('DESCRIPTOR_CLOSED', () => memory.read(0, 8))
  })
})
