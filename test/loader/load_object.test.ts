import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { InsnView } from '../../src/insn/insn_view.ts'
import { insnIndex } from '../../src/base/units.ts'
import type { KernelStep } from '../../src/kernel/steps.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { type FailingMethod, failingKernel } from '../kernel/failing_kernel.ts'
import { recordingKernel, type RecordingKernel } from '../kernel/recording_kernel.ts'
import { writeObject } from '../object/object_writer.ts'
import { smallKernel } from '../relocate/small_kernel.ts'
import { BpfKernel, type Command, fail, refuse } from './bpf_kernel.ts'
import { smallSpec } from './small_object.ts'

const errnos = { EPERM: 1, ENOMEM: 12, EINVAL: 22, EMFILE: 24 } as const

function callsOf(recording: RecordingKernel, name: string): readonly KernelStep[] {
  return recording.calls.filter((call) => (call.command ?? call.syscall) === name)
}

/** Nothing is open or mapped any more, and nothing was closed that was not open. */
function expectNothingLeft(recording: RecordingKernel): void {
  expect([...recording.openDescriptors()]).toEqual([])
  expect(recording.mappings()).toBe(0)
  const failedCloses = recording.calls.filter(
    (call) => call.syscall === 'close' && call.outcome.kind === 'failed',
  )
  expect(failedCloses).toEqual([])
}

describe('loadObject', () => {
  it('issues one call after the other: BTF, each map with its contents, then the programs', () => {
    const recording = recordingKernel(new BpfKernel())
    using object = loadObject(smallSpec(), { kernel: recording.kernel })
    expect(object.name).toBe('small')
    expect(recording.names()).toEqual([
      'BPF_BTF_LOAD',
      'BPF_MAP_CREATE',
      'BPF_MAP_CREATE',
      'BPF_MAP_CREATE',
      'BPF_MAP_UPDATE_ELEM',
      'BPF_MAP_FREEZE',
      'BPF_MAP_CREATE',
      'BPF_MAP_UPDATE_ELEM',
      'BPF_MAP_CREATE',
      'BPF_MAP_UPDATE_ELEM',
      'BPF_PROG_LOAD',
      'BPF_PROG_BIND_MAP',
      'BPF_PROG_LOAD',
      'BPF_PROG_BIND_MAP',
    ])
    expect(recording.calls.filter(({ outcome }) => outcome.kind === 'failed')).toEqual([])
  })

  it('creates each map with its name, sizes, flags and types', () => {
    const spec = smallSpec()
    const recording = recordingKernel(new BpfKernel())
    loadObject(spec, { kernel: recording.kernel }).close()
    const [counts, rb, rodata, data, bss] = callsOf(recording, 'BPF_MAP_CREATE').map((call) => call.arguments)
    const types = (name: string): object => ({
      btf_fd: 100,
      btf_value_type_id: spec.maps.get(name)?.valueType,
    })
    expect(counts).toEqual({
      map_name: 'counts',
      map_type: 1,
      key_size: 4,
      value_size: 8,
      max_entries: 16,
      btf_key_type_id: spec.maps.get('counts')?.keyType,
      ...types('counts'),
    })
    expect(rb).toEqual({ map_name: 'rb', map_type: 27, max_entries: 65536 })
    const section = { map_type: 2, key_size: 4, max_entries: 1 }
    const mmapable = 1 << 10
    const readOnly = 1 << 7
    expect(rodata).toEqual({
      ...section,
      ...types('.rodata'),
      map_name: 'small.rodata',
      value_size: 8,
      map_flags: mmapable | readOnly,
    })
    expect(data).toMatchObject({
      ...types('.data'),
      map_name: 'small.data',
      value_size: 16,
      map_flags: mmapable,
    })
    expect(bss).toMatchObject({ ...types('.bss'), map_name: 'small.bss', value_size: 8, map_flags: mmapable })
  })

  it('cuts the name of the object so that the section fits into the name of its map', () => {
    const recording = recordingKernel(new BpfKernel())
    const spec = smallSpec()
    loadObject({ ...spec, name: 'a_rather_long_name' }, { kernel: recording.kernel }).close()
    const names = callsOf(recording, 'BPF_MAP_CREATE').map((call) => call.arguments['map_name'])
    expect(names).toEqual(['counts', 'rb', 'a_rather.rodata', 'a_rather.data', 'a_rather.bss'])
  })

  it('fills .rodata with what the spec says and freezes it, and freezes nothing else', () => {
    const kernel = new BpfKernel()
    const spec = smallSpec()
    spec.globals['limit'] = 77n
    using object = loadObject(spec, { kernel })
    const fd = object.maps.get('.rodata')?.fd ?? -1
    expect(kernel.values.get(fd)?.[0]).toBe(77)
    expect([...kernel.frozen]).toEqual([fd])
  })

  it('tells the verifier type, name, license, functions and lines', () => {
    const recording = recordingKernel(new BpfKernel())
    loadObject(smallSpec({ license: 'Dual MIT/GPL' }), { kernel: recording.kernel }).close()
    const [onExec] = callsOf(recording, 'BPF_PROG_LOAD').map((call) => call.arguments)
    expect(onExec).toEqual({
      prog_type: 5,
      prog_name: 'on_exec',
      insn_cnt: 6,
      insns: { kind: 'buffer', length: 48 },
      license: { kind: 'buffer', length: 'Dual MIT/GPL'.length + 1 },
      prog_btf_fd: 100,
      func_info_rec_size: 8,
      func_info: { kind: 'buffer', length: 8 },
      func_info_cnt: 1,
      line_info_rec_size: 16,
      line_info: { kind: 'buffer', length: 16 },
      line_info_cnt: 1,
    })
  })

  it('puts the descriptors of maps into instructions', () => {
    const kernel = new BpfKernel()
    using object = loadObject(smallSpec(), { kernel })
    const view = new InsnView(kernel.programs[0] ?? new Uint8Array())
    expect(view.get(insnIndex(0))).toMatchObject({ src: 1, imm: object.maps.get('counts')?.fd })
    expect(view.get(insnIndex(2))).toMatchObject({ src: 2, imm: object.maps.get('.data')?.fd })
    expect(view.imm(insnIndex(3))).toBe(8)
  })

  it('does without BTF where the object has none', () => {
    const recording = recordingKernel(new BpfKernel())
    const spec = parseObject(readNoDebugInfo(), 'plain.bpf.o')
    loadObject(spec, { kernel: recording.kernel }).close()
    expect(recording.names()).toEqual(['BPF_PROG_LOAD', 'close'])
    expect(recording.calls[0]?.arguments).not.toHaveProperty('prog_btf_fd')
  })

  it('does not read the types of the kernel for an object without CO-RE relocations', () => {
    const recording = recordingKernel(new BpfKernel())
    loadObject(smallSpec(), { kernel: recording.kernel }).close()
    expect(recording.names().filter((name) => name === 'openat' || name === 'mmap')).toEqual([])
  })

  it('reads the types of the kernel for one with CO-RE relocations, and says so where there are none', () => {
    const spec = parseObject(readFileSync('bpf/bootstrap.bpf.o'), 'bootstrap.bpf.o')
    const recording = recordingKernel(new BpfKernel())
    bpfErrorOf('NO_KERNEL_BTF', () => loadObject(spec, { kernel: recording.kernel }))
    expect(recording.names()).toEqual(['openat'])
  })

  it('leaves a program out whose autoload is off', () => {
    const recording = recordingKernel(new BpfKernel())
    const spec = smallSpec()
    const program = spec.programs.get('on_exec')
    if (program !== undefined) program.autoload = false
    using object = loadObject(spec, { kernel: recording.kernel })
    expect([...object.programs.keys()]).toEqual(['on_exit'])
    expect(callsOf(recording, 'BPF_PROG_LOAD')).toHaveLength(1)
  })

  it('refuses a big-endian object before it asks the kernel for anything', () => {
    const recording = recordingKernel(new BpfKernel())
    const error = bpfErrorOf('LOAD_WRONG_ENDIANNESS', () =>
      loadObject(smallSpec({ endianness: 'big' }), { kernel: recording.kernel }),
    )
    expect(error.message).toContain('small.bpf.o')
    expect(recording.calls).toEqual([])
  })

  it('leaves the spec as it was, and loads it twice side by side', () => {
    const spec = smallSpec()
    const before = snapshotOf(spec)
    const kernel = new BpfKernel()
    using first = loadObject(spec, { kernel })
    using second = loadObject(spec, { kernel })
    expect(snapshotOf(spec)).toEqual(before)
    spec.globals['limit'] = 9n
    expect(first.globals['limit']).toBe(5n)
    first.globals['lost'] = 3n
    expect(second.globals['lost']).toBe(0n)
    expect(first.maps.get('counts')?.fd).not.toBe(second.maps.get('counts')?.fd)
  })

  it('closes what it opened where the observer throws', () => {
    const kernel = new BpfKernel()
    const stop = new Error('enough')
    const steps: string[] = []
    expect(() =>
      loadObject(smallSpec(), {
        kernel,
        observer: (step) => {
          steps.push(step.kind)
          if (step.kind === 'map-frozen') throw stop
        },
      }),
    ).toThrow(stop)
    expect(steps).toContain('map-frozen')
    expect(kernel.descriptors.size).toBe(0)
  })

  it('issues no call for a step when nobody observes, and the same calls when somebody does', () => {
    const quiet = recordingKernel(new BpfKernel())
    const watched = recordingKernel(new BpfKernel())
    loadObject(smallSpec(), { kernel: quiet.kernel }).close()
    loadObject(smallSpec(), { kernel: watched.kernel, observer: () => undefined }).close()
    expect(watched.names()).toEqual(quiet.names())
  })
})

function snapshotOf(spec: ObjectSpec): object {
  return structuredClone({
    insns: [...spec.programs.values()].map(({ insns, autoload }) => ({ insns: [...insns], autoload })),
    maps: [...spec.maps.values()].map(({ contents, maxEntries }) => ({
      contents: [...contents],
      maxEntries,
    })),
  })
}

function readNoDebugInfo(): Uint8Array {
  return writeObject({ debugInfo: 'absent' })
}

/** Loads, attaches and opens the ring buffer, then closes it all again. */
function wholeLife(recording: RecordingKernel): void {
  using object = loadObject(smallSpec(), { kernel: recording.kernel, targetBtf: smallKernel() })
  object.attach()
  object.openRingBuffer('rb')
}

const successful = recordingKernel(new BpfKernel())
wholeLife(successful)
const calls = successful.calls.filter(({ syscall }) => syscall !== 'close')

describe('a call that fails', () => {
  it('can be any of the calls of a load', () => {
    expect(calls.length).toBeGreaterThan(20)
    expectNothingLeft(successful)
  })

  for (const [errnoName, errno] of Object.entries(errnos)) {
    it.each(calls.map((call, index) => ({ nth: index + 1, name: call.command ?? call.syscall })))(
      `leaves nothing open where call $nth, $name, answers ${errnoName}`,
      ({ nth }) => {
        const recording = recordingKernel(failingKernel(new BpfKernel(), { nth, errno }))
        try {
          wholeLife(recording)
        } catch (error) {
          expect(error).toBeInstanceOf(BpfError)
        }
        const failed = recording.calls.filter(({ outcome }) => outcome.kind === 'failed')
        expect(failed.length).toBeGreaterThan(0)
        expectNothingLeft(recording)
      },
    )
  }

  const commands = [...new Set(calls.flatMap(({ command }) => (command === undefined ? [] : [command])))]
  const methods: readonly FailingMethod[] = ['perfEventOpen', 'open', 'openat', 'read', 'mmap']

  for (const [errnoName, errno] of Object.entries(errnos)) {
    it.each(commands)(
      `is a BpfError where %s always answers ${errnoName}, and leaves nothing open`,
      (command) => {
        const kernel = new BpfKernel()
        const recording = recordingKernel(failingKernel(kernel, { command: command as Command, errno }))
        const whatTheKernelDid = (): void => {
          wholeLife(recording)
        }
        // Without links, programs are attached by ioctl; and a program needs no tie to data that it does not refer to, and
        // no types.
        const dispensable = command === 'BPF_LINK_CREATE' && errnoName === 'EINVAL'
        if (dispensable || ['BPF_PROG_BIND_MAP', 'BPF_BTF_LOAD'].includes(command)) whatTheKernelDid()
        else expect(whatTheKernelDid).toThrow(BpfError)
        expectNothingLeft(recording)
      },
    )

    it.each(methods)(
      `is a BpfError where %s always answers ${errnoName}, and leaves nothing open`,
      (method) => {
        const recording = recordingKernel(failingKernel(new BpfKernel(), { method, errno }))
        expect(() => {
          wholeLife(recording)
        }).toThrow(BpfError)
        expectNothingLeft(recording)
      },
    )
  }

  it('to close does not hide why the load failed, and the others are closed', () => {
    const kernel = new BpfKernel()
    const close = kernel.close.bind(kernel)
    let closes = 0
    kernel.close = (fd) => {
      close(fd)
      if (++closes === 1) fail('close', undefined, 5)
    }
    kernel.answers.BPF_PROG_LOAD = refuse('BPF_PROG_LOAD', 12)
    bpfErrorOf('LOAD_PROGRAM_REFUSED', () => loadObject(smallSpec(), { kernel }))
    expect(closes).toBe(6)
    expect(kernel.descriptors.size).toBe(0)
  })
})
