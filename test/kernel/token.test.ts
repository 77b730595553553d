import { describe, expect, it } from 'vitest'
import { BTF_GET_FD_BY_ID } from '../../src/abi/bpf_attr.ts'
import { encodeAttr } from '../../src/abi/encode_attr.ts'
import { fdNumber } from '../../src/base/units.ts'
import { createMap, freezeMap, loadBtf, loadProgram } from '../../src/kernel/bpf_calls.ts'
import { PermissionError } from '../../src/kernel/capabilities.ts'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import { KernelLog } from '../../src/kernel/kernel_log.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { openToken, tokenKernel, tokenRequest } from '../../src/kernel/token.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { everything, runDelegated, tokenTest } from './delegate.ts'
import { failingKernel } from './failing_kernel.ts'
import { FakeKernel } from './fake_kernel.ts'
import { recordingKernel } from './recording_kernel.ts'

const BPFFS = { '/sys/fs/bpf/.': '' }
const BPF_F_TOKEN_FD = 1 << 16

describe('tokenRequest', () => {
  const initial = (): boolean => true
  const container = (): boolean => false
  const unknown = (): undefined => undefined

  it.each([
    { path: undefined, environment: undefined, where: initial, request: { kind: 'none' } },
    {
      path: undefined,
      environment: undefined,
      where: container,
      request: { kind: 'optional', path: '/sys/fs/bpf' },
    },
    {
      path: undefined,
      environment: undefined,
      where: unknown,
      request: { kind: 'optional', path: '/sys/fs/bpf' },
    },
    { path: '/a', environment: undefined, where: container, request: { kind: 'mandatory', path: '/a' } },
    { path: '/a', environment: '/b', where: initial, request: { kind: 'mandatory', path: '/a' } },
    { path: undefined, environment: '/b', where: initial, request: { kind: 'mandatory', path: '/b' } },
    { path: '', environment: '/b', where: container, request: { kind: 'none' } },
    { path: undefined, environment: '', where: container, request: { kind: 'none' } },
  ])('of path $path and environment $environment is $request', ({ path, environment, where, request }) => {
    expect(tokenRequest(path, environment, where)).toEqual(request)
  })
})

describe('openToken', () => {
  it('makes a token of the file system, and keeps that open no longer', () => {
    const recording = recordingKernel(new FakeKernel({ files: BPFFS }))
    using token = openToken(recording.kernel, { kind: 'mandatory', path: '/sys/fs/bpf' })
    expect(token?.fd).toBe(101)
    expect(recording.names()).toEqual(['openat', 'BPF_TOKEN_CREATE', 'close'])
    expect(recording.calls[1]?.arguments).toEqual({ bpffs_fd: 100 })
  })

  it('asks nothing where none is wanted', () => {
    const recording = recordingKernel(new FakeKernel())
    expect(openToken(recording.kernel, { kind: 'none' })).toBeUndefined()
    expect(recording.names()).toEqual([])
  })

  it.each([1, 2, 22, 95])('does without an optional one where the kernel answers errno %i', (errno) => {
    const fake = new FakeKernel({ files: BPFFS })
    const kernel = failingKernel(fake, { command: 'BPF_TOKEN_CREATE', errno })
    expect(openToken(kernel, { kind: 'optional', path: '/sys/fs/bpf' })).toBeUndefined()
    expect(openToken(kernel, { kind: 'optional', path: '/nowhere' })).toBeUndefined()
    expect(fake.descriptors.size).toBe(0)
  })

  it.each([
    { errno: 1, code: 'NOT_PERMITTED', says: 'lacks CAP_BPF in its namespace' },
    { errno: 2, code: 'NO_TOKEN', says: 'it delegates nothing; mount it with the options delegate_cmds' },
    {
      errno: 22,
      code: 'NO_TOKEN',
      says: 'not the root of a BPF file system, or the kernel is older than 6.9',
    },
    { errno: 95, code: 'NO_TOKEN', says: 'this is the initial one; load without a token' },
    { errno: 12, code: 'NO_TOKEN', says: 'bpf(BPF_TOKEN_CREATE) failed with ENOMEM' },
  ])('explains errno $errno of a mandatory one', ({ errno, code, says }) => {
    const fake = new FakeKernel({ files: BPFFS })
    const kernel = failingKernel(fake, { command: 'BPF_TOKEN_CREATE', errno })
    const error = bpfErrorOf(code, () => openToken(kernel, { kind: 'mandatory', path: '/sys/fs/bpf' }))
    expect(error.message).toContain('cannot make a BPF token of /sys/fs/bpf')
    expect(error.message).toContain(says)
    expect(error instanceof PermissionError).toBe(errno === 1)
    expect(fake.descriptors.size).toBe(0)
  })

  it('explains a path that is not there', () => {
    const error = bpfErrorOf('NO_TOKEN', () =>
      openToken(new FakeKernel(), { kind: 'mandatory', path: '/nowhere' }),
    )
    expect(error.message).toContain('/nowhere failed with ENOENT')
  })
})

describe('tokenKernel', () => {
  const TOKEN = 77
  const INSNS = new Uint8Array(16)
  const setUp = (kernel = new FakeKernel()): ReturnType<typeof recordingKernel> & { tokened: Kernel } => {
    const recording = recordingKernel(kernel)
    const token = new FileDescriptor(kernel, fdNumber(TOKEN), 'BPF token')
    return { ...recording, tokened: tokenKernel(recording.kernel, token) }
  }

  it('passes the token to every command that takes one, and keeps their flags', () => {
    const { tokened, calls } = setUp()
    createMap(tokened, { map_type: 1, map_flags: 1 })
    loadProgram(tokened, { prog_type: 1, insn_cnt: 2, insns: INSNS, license: INSNS, prog_flags: 16 })
    loadBtf(tokened, { btf: INSNS, btf_size: 16 })
    tokened.bpf(BTF_GET_FD_BY_ID.command, encodeAttr(BTF_GET_FD_BY_ID, { btf_id: 5 }))
    expect(calls.map((call) => call.arguments)).toMatchObject([
      { map_type: 1, map_flags: 1 | BPF_F_TOKEN_FD, map_token_fd: TOKEN },
      { insn_cnt: 2, prog_flags: 16 | BPF_F_TOKEN_FD, prog_token_fd: TOKEN, insns: { length: 16 } },
      { btf_size: 16, btf_flags: BPF_F_TOKEN_FD, btf_token_fd: TOKEN },
      { btf_id: 5, open_flags: BPF_F_TOKEN_FD, fd_by_id_token_fd: TOKEN },
    ])
    expect(calls.map(({ attrSize }) => attrSize)).toEqual([80, 148, 40, 16])
  })

  it('leaves other commands as they are', () => {
    const { tokened, calls } = setUp()
    freezeMap(tokened, fdNumber(5))
    expect(calls[0]).toMatchObject({ attrSize: 4, arguments: { map_fd: 5 } })
  })

  it('hands back what the kernel writes into the attr', () => {
    const kernel = new FakeKernel()
    kernel.onBpf = (_, { bytes }) => {
      new DataView(bytes.buffer).setUint32(140, 99, true)
      return 5
    }
    const log = new KernelLog(1, 128)
    loadProgram(setUp(kernel).tokened, { prog_type: 1, insn_cnt: 2, insns: INSNS, license: INSNS }, log)
    expect(log.trueSize).toBe(99)
  })
})

describe('a real token', () => {
  const ALL = 'on_exec on_exit counts rb .rodata .data .bss'
  const SLOW = 30_000

  tokenTest(
    'loads an object in a user namespace that a BPF file system delegates to',
    async () => {
      expect(await runDelegated('with the token', everything)).toBe(ALL)
    },
    SLOW,
  )

  tokenTest(
    'is made of what the environment names',
    async () => {
      expect(await runDelegated('with the path in the environment', everything)).toBe(ALL)
    },
    SLOW,
  )

  tokenTest(
    'is what is missing where none is used',
    async () => {
      const expected = /^NOT_PERMITTED cannot create map counts.*EPERM.* user namespace /
      expect(await runDelegated('without a token', everything)).toMatch(expected)
    },
    SLOW,
  )

  tokenTest(
    'cannot be made of a file system that delegates nothing',
    async () => {
      expect(await runDelegated('with the token', {})).toMatch(/^NO_TOKEN .* it delegates nothing/)
    },
    SLOW,
  )

  tokenTest(
    'does not let load what is not delegated',
    async () => {
      const socketFilters = { ...everything, delegate_progs: '0x2' }
      const expected = /cannot load program on_exec: .* token /
      expect(await runDelegated('with the token', socketFilters)).toMatch(expected)
    },
    SLOW,
  )
})
