import { describe, expect, it } from 'vitest'
import {
  bpf_attach_type,
  bpf_map_create_flags,
  bpf_map_type,
  bpf_prog_type,
} from '../../src/abi/generated/bpf.ts'
import { LINK_CREATE_PERF_EVENT } from '../../src/abi/bpf_attr.ts'
import { BPF_LINK_INFO, BPF_MAP_INFO, BPF_PROG_INFO } from '../../src/abi/bpf_info.ts'
import { cString } from '../../src/abi/object_name.ts'
import {
  createLink,
  createMap,
  deleteElement,
  freezeMap,
  infoByFd,
  loadProgram,
  lookupElement,
  nextKey,
  updateElement,
} from '../../src/kernel/bpf_calls.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { openPerfEvent } from '../../src/kernel/perf_calls.ts'
import { RETURN_0 } from '../../src/kernel/probes/trivial_program.ts'
import { readTracepointId } from '../../src/kernel/tracefs.ts'
import { failingKernel } from './failing_kernel.ts'
import { FakeKernel } from './fake_kernel.ts'
import { recordingKernel } from './recording_kernel.ts'
import { perfLinkTest } from './features.ts'
import { bpfTest } from './require.ts'

const HASH = { map_type: bpf_map_type.BPF_MAP_TYPE_HASH, key_size: 4, value_size: 8, max_entries: 4 } as const
const PROGRAM = { insn_cnt: 2, insns: RETURN_0, license: cString('GPL') } as const
const TRACEPOINT = { ...PROGRAM, prog_type: bpf_prog_type.BPF_PROG_TYPE_TRACEPOINT } as const
const key = (value: number): Uint8Array => Uint8Array.from([value, 0, 0, 0])

describe('loadProgram', () => {
  const EAGAIN = 11

  it('asks again when a signal interrupted the verifier', () => {
    const kernel = failingKernel(new FakeKernel(), { command: 'BPF_PROG_LOAD', nth: 1, errno: EAGAIN })
    using program = loadProgram(kernel, TRACEPOINT)
    expect(program.fd).toBe(100)
  })

  it('gives up after five times', () => {
    const recording = recordingKernel(
      failingKernel(new FakeKernel(), { command: 'BPF_PROG_LOAD', errno: EAGAIN }),
    )
    expect(() => loadProgram(recording.kernel, TRACEPOINT)).toThrow('BPF_PROG_LOAD')
    expect(recording.calls).toHaveLength(5)
  })
})

describe('the commands of bpf(2) on the real kernel', () => {
  bpfTest('put an element into a map, find it, walk to it and delete it', () => {
    const kernel = openKernel()
    using map = createMap(kernel, { ...HASH, map_name: 'rawbpf_test' })
    const value = new Uint8Array(8)
    expect(lookupElement(kernel, map.fd, key(1), value)).toBe('missing')
    updateElement(kernel, map.fd, key(1), new Uint8Array(8).fill(7), 0)
    expect(lookupElement(kernel, map.fd, key(1), value)).toBe('found')
    expect(value).toEqual(new Uint8Array(8).fill(7))

    const next = new Uint8Array(4)
    expect(nextKey(kernel, map.fd, undefined, next)).toBe('found')
    expect(next).toEqual(key(1))
    expect(nextKey(kernel, map.fd, next, new Uint8Array(4))).toBe('end')
    expect(deleteElement(kernel, map.fd, key(1))).toBe('deleted')
    expect(deleteElement(kernel, map.fd, key(1))).toBe('missing')
    expect(infoByFd(kernel, map.fd, BPF_MAP_INFO)).toMatchObject({
      type: 1,
      value_size: 8,
      name: 'rawbpf_test',
    })
  })

  bpfTest('freeze a map against changes', () => {
    const kernel = openKernel()
    const map_flags = bpf_map_create_flags.BPF_F_RDONLY_PROG
    using map = createMap(kernel, { ...HASH, map_type: bpf_map_type.BPF_MAP_TYPE_ARRAY, map_flags })
    updateElement(kernel, map.fd, key(0), new Uint8Array(8), 0)
    freezeMap(kernel, map.fd)
    expect(() => {
      updateElement(kernel, map.fd, key(0), new Uint8Array(8), 0)
    }).toThrow('bpf(BPF_MAP_UPDATE_ELEM) failed with EPERM')
  })

  perfLinkTest('load a program and link it to a tracepoint, and leave nothing behind', async () => {
    const recording = recordingKernel(openKernel())
    const { kernel } = recording
    {
      using program = loadProgram(kernel, { ...TRACEPOINT, prog_name: 'rawbpf_test' })
      const config = readTracepointId(kernel, 'sched', 'sched_process_exec')
      using event = openPerfEvent(kernel, { type: 2, config }, { pid: -1, cpu: 0 })
      const attach_type = bpf_attach_type.BPF_PERF_EVENT
      const link = createLink(kernel, LINK_CREATE_PERF_EVENT, {
        prog_fd: program.fd,
        target_fd: event.fd,
        attach_type,
      })
      const info = infoByFd(kernel, program.fd, BPF_PROG_INFO)
      expect(info).toMatchObject({ type: TRACEPOINT.prog_type, name: 'rawbpf_test', xlated_prog_len: 16 })
      expect(infoByFd(kernel, link.fd, BPF_LINK_INFO).prog_id).toBe(info.id)
      await link.closeAsync()
    }
    expect(recording.openDescriptors().size).toBe(0)
  })
})
