import { expect, it } from 'vitest'
import { findKernelStructOps } from '../../src/relocate/kernel_struct_ops.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { DATA_OFFSET, KERNEL_SIZE, kernelOps } from './kernel_struct_ops.ts'

const noModules = (): [] => []

it('the kernel’s struct is found with that of its value, and where it lies in it', () => {
  const vmlinux = kernelOps()
  expect(findKernelStructOps('demo_ops', { vmlinux: () => vmlinux, modules: noModules })).toMatchObject({
    btf: vmlinux,
    struct: { name: 'demo_ops' },
    valueSize: DATA_OFFSET + KERNEL_SIZE,
    dataOffset: DATA_OFFSET,
  })
})

it('of several structs of its name, the one in the value is taken', () => {
  const vmlinux = kernelOps({ twins: 1 })
  const { struct, types } = findKernelStructOps('demo_ops', { vmlinux: () => vmlinux, modules: noModules })
  expect(struct.members).toHaveLength(6)
  expect(vmlinux.idsNamed('demo_ops')).toEqual([types.type - 1, types.type])
})

it('a struct that no value has is none that programs can fill', () => {
  const messageOf = (changes: Parameters<typeof kernelOps>[0]): string => {
    const vmlinux = kernelOps(changes)
    const source = { vmlinux: () => vmlinux, modules: noModules }
    return bpfErrorOf('RELOCATION_BAD_STRUCT_OPS', () => findKernelStructOps('demo_ops', source)).message
  }
  expect(messageOf({ valueName: 'other' })).toContain(
    'has a struct bpf_struct_ops_demo_ops, though a struct demo_ops: it has no such table',
  )
  expect(messageOf({ name: 'other' })).toContain(
    'struct bpf_struct_ops_demo_ops has no struct demo_ops in it',
  )
})
