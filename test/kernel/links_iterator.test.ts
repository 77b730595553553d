import { readdirSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { bpf_func_id } from '../../src/abi/generated/bpf.ts'
import { aluImm, call, exit, jumpImm, loadMem, movImm, movReg, storeImm } from '../../src/insn/assemble.ts'
import type { Insn } from '../../src/insn/insn.ts'
import { BPF_ADD, BPF_DW, BPF_H, BPF_JEQ } from '../../src/insn/opcodes.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadObject, type LoadOptions } from '../../src/loader/load_object.ts'
import type { LoadedObject } from '../../src/loader/loaded_object.ts'
import type { IteratorTarget } from '../../src/object/iterator_target.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeObject } from '../object/object_writer.ts'
import { recordingKernel } from './recording_kernel.ts'
import { bpfTest, featureTest } from './require.ts'

/** Of `struct bpf_iter__task` and its like: `meta`, whose first member is `seq`, and then the object, which is NULL at the end. */
const META = 0
const OBJECT = 8
/** Of `struct bpf_iter__bpf_map_elem`. */
const KEY = 16

/** `x` and the end of a line, as a little-endian number. */
const LINE = 0x0a78

const seqWrite = (bytes: number): readonly Insn[] => [
  loadMem(BPF_DW, 1, 6, META),
  loadMem(BPF_DW, 1, 1, 0),
  movImm(3, bytes),
  call(bpf_func_id.BPF_FUNC_seq_write),
]

/** Writes a line for each object that it is called with. */
const A_LINE_EACH: readonly Insn[] = [
  movReg(6, 1),
  loadMem(BPF_DW, 2, 6, OBJECT),
  jumpImm(BPF_JEQ, 2, 0, 7),
  storeImm(BPF_H, 10, -8, LINE),
  movReg(2, 10),
  aluImm(BPF_ADD, 2, -8),
  ...seqWrite(2),
  movImm(0, 0),
  exit(),
]

/** Writes the key of each element of a map. */
const THE_KEYS: readonly Insn[] = [
  movReg(6, 1),
  loadMem(BPF_DW, 2, 6, KEY),
  jumpImm(BPF_JEQ, 2, 0, 4),
  ...seqWrite(4),
  movImm(0, 0),
  exit(),
]

function load(section: string, insns: readonly Insn[], options: LoadOptions = {}): LoadedObject {
  const programs = [{ name: 'visit', section, insns: [...insns] }]
  const maps = [
    { name: 'counts', uints: { type: 1, max_entries: 8 }, types: { key: 'u32', value: 'u64' } },
  ] as const
  return loadObject(parseObject(writeObject({ programs, maps }), 'iter.bpf.o'), options)
}

/** The section's iterator, with this target, as lines. */
function linesOf(section: string, target: Omit<IteratorTarget, 'kind'> = {}): number {
  using object = load(section, A_LINE_EACH)
  using link = object.program('visit').attach({ kind: 'iter', ...target })
  return [...link.openIterator().lines()].length
}

const taskTest = featureTest({
  name: 'iterators of one task',
  since: [6, 1],
  whyNot: () => {
    using object = load('iter/task', A_LINE_EACH)
    object.program('visit').attach({ kind: 'iter', task: { pid: process.pid } })
    return undefined
  },
})

const mapTest = featureTest({
  name: "iterators of a map's elements",
  since: [5, 9],
  whyNot: () => {
    load('iter/bpf_map_elem', THE_KEYS).close()
    return undefined
  },
})

const cgroupTest = featureTest({
  name: 'iterators of cgroups',
  since: [6, 1],
  config: ['CONFIG_CGROUPS'],
  whyNot: () => {
    using object = load('iter/cgroup', A_LINE_EACH)
    object.program('visit').attach({ kind: 'iter', cgroup: { order: 'self_only' } })
    return undefined
  },
})

describe('an iterator of the real kernel', () => {
  bpfTest('goes through all of the objects of its kind, each time anew, and leaves nothing open', () => {
    const recording = recordingKernel(openKernel())
    {
      using object = load('iter/bpf_map', A_LINE_EACH, { kernel: recording.kernel })
      const [link] = object.attach()
      const before = [...link!.openIterator().lines()]
      expect(before.length).toBeGreaterThan(0)
      expect(new Set(before)).toEqual(new Set(['x']))
      expect(link!.openIterator().text()).toBe('x\n'.repeat(before.length))
      for (const line of link!.openIterator().lines()) {
        expect(line).toBe('x')
        break
      }
      using unread = link!.openIterator()
      expect(unread).toBeDefined()
      expect(link!.info().typeName).toBe('BPF_LINK_TYPE_ITER')
    }
    expect(recording.openDescriptors().size).toBe(0)
  })

  featureTest({
    name: 'iterators of kernel symbols',
    since: [6, 0],
    whyNot: () => {
      load('iter/ksym', A_LINE_EACH).close()
      return undefined
    },
  })('of many objects is read in pieces', () => {
    expect(linesOf('iter/ksym')).toBeGreaterThan(20_000)
  })

  mapTest('of a map goes through its elements', () => {
    using object = load('iter/bpf_map_elem', THE_KEYS)
    const map = object.map('counts')
    for (const key of [7, 9]) map.update(new Uint8Array(Uint32Array.of(key).buffer), new Uint8Array(8))
    expect(object.attach()).toEqual([])
    using link = object.program('visit').attach({ kind: 'iter', map })
    const keys = new Uint32Array(new Uint8Array(link.openIterator().bytes()).buffer)
    expect([...keys].sort()).toEqual([7, 9])
  })

  taskTest('goes through the threads of one process, or one thread', () => {
    const threads = readdirSync(`/proc/${process.pid}/task`).length
    expect(linesOf('iter/task', { task: { pid: process.pid } })).toBe(threads)
    expect(linesOf('iter/task', { task: { tid: process.pid } })).toBe(1)
  })

  cgroupTest('goes through cgroups in order', () => {
    expect(linesOf('iter/cgroup', { cgroup: { order: 'self_only' } })).toBe(1)
    expect(linesOf('iter/cgroup', { cgroup: { order: 'descendants_pre' } })).toBeGreaterThan(0)
  })

  mapTest('is told which map it lacks', () => {
    using object = load('iter/bpf_map_elem', THE_KEYS)
    const error = bpfErrorOf('ATTACH_FAILED', () => object.program('visit').attach({ kind: 'iter' }))
    expect(error.message).toContain("is to be told the map: attach({ kind: 'iter', map })")
  })

  bpfTest('is not made of a link of anything else', () => {
    using other = load('raw_tp/sched_switch', [movImm(0, 0), exit()])
    const [link] = other.attach()
    expect(bpfErrorOf('ATTACH_NO_ITERATOR', () => link!.openIterator()).message).toContain('EINVAL')
  })
})
