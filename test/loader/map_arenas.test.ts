import { describe, expect, it } from 'vitest'
import { MAP_FIXED_NOREPLACE, MAP_SHARED } from '../../src/abi/syscall_flags.ts'
import { bpf_map_create_flags } from '../../src/abi/generated/bpf.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { type ArenaChanges, arenaSpec } from './arena_object.ts'
import { BpfKernel, refuse } from './bpf_kernel.ts'

const mmapOf = (changes: ArenaChanges = {}): Readonly<Record<string, unknown>> => {
  const recording = recordingKernel(new BpfKernel())
  loadObject(arenaSpec(changes), { kernel: recording.kernel }).close()
  expect(recording.names().indexOf('mmap')).toBeLessThan(recording.names().lastIndexOf('BPF_PROG_LOAD'))
  return recording.calls.find(({ syscall }) => syscall === 'mmap')!.arguments
}

describe('an arena', () => {
  it('is mapped as a whole before the programs are loaded', () => {
    expect(mmapOf()).toMatchObject({ length: 4 * 4096, protection: 3, flags: MAP_SHARED, offset: 0 })
    expect(mmapOf()).not.toHaveProperty('address')
  })

  it('is mapped where its definition says, and replaces nothing there', () => {
    expect(mmapOf({ address: 1n << 44n })).toMatchObject({
      address: 1n << 44n,
      flags: MAP_SHARED | MAP_FIXED_NOREPLACE,
    })
  })

  it('has the variables, which are read and written in place', () => {
    const kernel = new BpfKernel()
    const object = loadObject(arenaSpec(), { kernel })
    expect({ ...object.globals }).toEqual({ first: 1n, second: 42 })
    object.globals['first'] = 2n ** 63n
    expect({ ...object.globals }).toEqual({ first: 2n ** 63n, second: 42 })
    bpfErrorOf('OBJECT_BAD_VALUE', () => {
      object.globals['second'] = -1
    })
    object.close()
    expect(kernel.mappings).toBe(0)
    bpfErrorOf('DESCRIPTOR_CLOSED', () => object.globals['first'])
    bpfErrorOf('DESCRIPTOR_CLOSED', () => {
      object.globals['first'] = 1n
    })
  })

  it('without variables is mapped as well', () => {
    expect(mmapOf({ object: { programs: [{ section: 'syscall' }], data: {} } })).toMatchObject({
      length: 16384,
    })
  })

  it('that faults where nothing is allocated gets no variables: writing them would kill the process', () => {
    const kernel = new BpfKernel()
    const flags = bpf_map_create_flags.BPF_F_SEGV_ON_FAULT
    const { message } = bpfErrorOf('LOAD_ARENA_FAULTS', () => loadObject(arenaSpec({ flags }), { kernel }))
    expect(message).toContain('BPF_F_SEGV_ON_FAULT')
    expect([kernel.mappings, kernel.descriptors.size]).toEqual([0, 0])
  })

  it('that cannot be mapped is an error, and so is a program that fails later; both leave nothing behind', () => {
    const kernel = new BpfKernel()
    const busy = failingKernel(kernel, { method: 'mmap', errno: 17 })
    const error = bpfErrorOf('LOAD_MAP_REFUSED', () => loadObject(arenaSpec(), { kernel: busy }))
    expect(error.message).toContain('cannot mmap map arena')
    kernel.answers.BPF_PROG_LOAD = refuse('BPF_PROG_LOAD', 12)
    bpfErrorOf('LOAD_PROGRAM_REFUSED', () => loadObject(arenaSpec(), { kernel }))
    expect([kernel.mappings, kernel.descriptors.size]).toEqual([0, 0])
  })
})
