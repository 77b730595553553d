import { expect, it } from 'vitest'
import { clangArguments } from '../../src/run/clang_arguments.ts'

const given = { source: 'a.bpf.c', output: 'a.bpf.o', includes: ['.', '/cache'] }
const target = ['-O2', '-g', '-target', 'bpf', '-mcpu=v3']
const files = ['-c', 'a.bpf.c', '-o', 'a.bpf.o']

it('compiles for the machine that it is to run on', () => {
  expect(clangArguments({ ...given, arch: 'arm64' })).toEqual([
    ...target,
    '-D__TARGET_ARCH_arm64',
    ...['-I', '.', '-I', '/cache'],
    ...['-idirafter', '/usr/include/aarch64-linux-gnu'],
    ...files,
  ])
})

it('leaves out what it does not know of an architecture', () => {
  expect(clangArguments({ ...given, includes: [], arch: 'riscv64' })).toEqual([...target, ...files])
})
