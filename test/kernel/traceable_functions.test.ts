import { describe, expect, it } from 'vitest'
import { traceableFunctionNames, traceableFunctions } from '../../src/kernel/traceable_functions.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from './fake_kernel.ts'

const NAMES = 'vfs_read\nvfs_readv\nvfs_read\nnf_run [nf_tables]\nfoo.isra.0\n__ftrace_invalid_address___12\n'
const ADDRESSES =
  'ffffffff81000010 vfs_read\nffffffff81000020 vfs_write\nffffffffc0000000 nf_run\t[nf_tables]\n'

const kernelWith = (name: string, text: string): FakeKernel =>
  new FakeKernel({ files: { [`/sys/kernel/tracing/${name}`]: text } })

const matching = (pattern: string, kernel = kernelWith('available_filter_functions', NAMES)): string[] =>
  traceableFunctions(kernel, pattern).map(({ name, address }) =>
    address === undefined ? name : `${name} ${address.toString(16)}`,
  )

describe('traceableFunctions', () => {
  it.each([
    ['vfs_read', ['vfs_read', 'vfs_read']],
    ['vfs_*', ['vfs_read', 'vfs_readv', 'vfs_read']],
    ['vfs_rea?v', ['vfs_readv']],
    ['foo.isra.?', ['foo.isra.0']],
    ['fooxisra.?', []],
    ['read', []],
    ['nf_*', []],
  ])('finds for %s %j', (pattern, names) => {
    expect(matching(pattern)).toEqual(names)
  })

  it('knows addresses where the kernel tells them, of modules’ functions too', () => {
    const kernel = kernelWith('available_filter_functions_addrs', ADDRESSES)
    expect(matching('*', kernel)).toEqual([
      'vfs_read ffffffff81000010',
      'vfs_write ffffffff81000020',
      'nf_run ffffffffc0000000',
    ])
  })

  it('says that there is no tracefs', () => {
    bpfErrorOf('NO_TRACEFS', () => matching('vfs_*', new FakeKernel()))
  })
})

describe('traceableFunctionNames', () => {
  it('has each once, with its module, and none that are gone', () => {
    expect([...traceableFunctionNames(kernelWith('available_filter_functions', NAMES))]).toEqual([
      'vfs_read',
      'vfs_readv',
      'nf_tables:nf_run',
      'foo.isra.0',
    ])
  })

  it('says that there is no tracefs', () => {
    bpfErrorOf('NO_TRACEFS', () => traceableFunctionNames(new FakeKernel()))
  })
})
