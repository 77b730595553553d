import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { readTargetTypes, runningTypes } from '../../src/commands/target_types.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { smallKernel } from '../relocate/small_kernel.ts'

let folder = ''
const path = (name: string): string => join(folder, name)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rawbpf-types-'))
  writeFileSync(path('vmlinux'), smallKernel().bytes)
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

describe('readTargetTypes', () => {
  it('reads a file that is named, and knows no modules for it', async () => {
    const { targetBtf, modules } = await readTargetTypes(path('vmlinux'), undefined)
    expect(targetBtf().find('task_struct', 'struct')).toBeDefined()
    expect(modules).toBeUndefined()
  })

  it('gives externs the configuration that is named, and nothing of the running kernel beside another', async () => {
    const config = new TextEncoder().encode('CONFIG_HZ=100\n')
    const { kernelConfig, kallsyms } = await readTargetTypes(path('vmlinux'), config)
    expect(kernelConfig?.map((read) => read().text)).toEqual(['CONFIG_HZ=100\n'])
    expect(kallsyms).toBeUndefined()
  })

  it('says at once that such a file is missing, or cut off', async () => {
    await expect(readTargetTypes(path('gone'), undefined)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
    writeFileSync(path('cut'), smallKernel().bytes.subarray(0, 100))
    await expect(readTargetTypes(path('cut'), undefined)).rejects.toMatchObject({ name: 'BtfError' })
  })
})

describe('runningTypes', () => {
  it('reads the kernel once, and its modules but for broken ones', () => {
    const builder = new BtfBuilder({ base: smallKernel() })
    builder.addStruct('of_module', 4, [])
    writeFileSync(path('good'), builder.finish({ endianness: 'little' }))
    writeFileSync(path('broken'), Uint8Array.of(1, 2, 3))
    const { targetBtf, modules } = runningTypes(path('vmlinux'))
    expect(targetBtf().name).toBe('vmlinux')
    expect(targetBtf()).toBe(targetBtf())
    const found = modules()
    expect(found.map(({ name }) => name)).toEqual(['good'])
    expect(found[0]?.btf.find('of_module', 'struct')).toBeDefined()
  })

  it('complains of a kernel without types only when they are asked for', () => {
    const { targetBtf } = runningTypes(path('none'))
    expect(bpfErrorOf('NO_KERNEL_BTF', targetBtf).message).toContain('--btf FILE')
  })
})
