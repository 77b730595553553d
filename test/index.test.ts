import { describe, expect, it } from 'vitest'
import * as api from '../src/index.ts'

/** What the package promises to whoever imports it. A name that leaves this list breaks somebody. */
const exported = [
  'ArrayMap',
  'AttachError',
  'BloomFilter',
  'BpfError',
  'BpfIterator',
  'BpfMap',
  'BpfProgram',
  'Btf',
  'BtfError',
  'CoreError',
  'CpuMap',
  'DescriptorMap',
  'DeviceMap',
  'ElfError',
  'ExecutableError',
  'HashMap',
  'KernelError',
  'KernelSymbols',
  'Link',
  'LinkerError',
  'LoadError',
  'LoadedObject',
  'LoadedProgram',
  'MapError',
  'MapSpec',
  'MapView',
  'ObjectError',
  'OpaqueMap',
  'OverwritablePerfBuffer',
  'PerfBuffer',
  'PermissionError',
  'ProgramSpec',
  'ProgramsError',
  'Queue',
  'ReadableDescriptorMap',
  'RelocationError',
  'RingBuffer',
  'RingBufferError',
  'RingBufferGroup',
  'StackTraceMap',
  'StorageMap',
  'SyscallError',
  'TracePipe',
  'UserRingBuffer',
  'UserSymbols',
  'VerifierError',
  'createMap',
  'decodeRecord',
  'frameText',
  'linkObjects',
  'listMaps',
  'loadObject',
  'openKernel',
  'openMap',
  'openObject',
  'parseBtfFile',
  'parseObject',
  'readBtfFile',
  'relocateObject',
  'symbolize',
  'version',
]

describe('the package', () => {
  it('exports exactly what was agreed on', () => {
    expect(Object.keys(api).sort()).toEqual(exported)
  })

  it('has one class that all its errors are of', () => {
    const errors = Object.entries(api).filter(([name]) => name.endsWith('Error') && name !== 'BpfError')
    expect(errors).toHaveLength(exported.filter((name) => name.endsWith('Error')).length - 1)
    for (const [, error] of errors) expect(Object.getPrototypeOf(error)).toBe(api.BpfError)
  })
})
