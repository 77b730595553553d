import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { readBtfFile } from '../../src/loader/read_btf_file.ts'
import { kernelBtfTest } from '../kernel/require.ts'
import { smallKernel } from '../relocate/small_kernel.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rawbpf-btf-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

describe('readBtfFile', () => {
  it('reads a file, and calls the types by its path', async () => {
    const path = file('vmlinux.btf', smallKernel().bytes)
    const btf = await readBtfFile(path)
    expect(btf.name).toBe(path)
    expect(btf.find('task_struct', 'struct')?.size).toBe(160)
  })

  it("reads a module's on top of its kernel's", async () => {
    const base = smallKernel()
    const builder = new BtfBuilder({ base })
    builder.addPtr(typeId(1))
    const btf = await readBtfFile(file('module.btf', builder.finish({ endianness: 'little' })), { base })
    expect([btf.base, btf.firstId]).toEqual([base, base.typeCount + 1])
  })

  kernelBtfTest("reads the running kernel's", async () => {
    const btf = await readBtfFile('/sys/kernel/btf/vmlinux')
    expect(btf.find('task_struct', 'struct')).toBeDefined()
    expect(btf.gap).toBeUndefined()
  })

  it.each([
    ['is not there', (path: string) => join(path, 'missing')],
    ['is a folder', (path: string) => path],
  ])('says of a file that %s that it cannot be read', async (_, path) => {
    const found = readBtfFile(path(folder))
    await expect(found).rejects.toMatchObject({ code: 'FILE_UNREADABLE', object: path(folder) })
    await expect(found).rejects.toThrow(`cannot read types from ${path(folder)}: E`)
  })

  it('says of a file that is something else what it should be', async () => {
    await expect(readBtfFile('package.json')).rejects.toMatchObject({ code: 'BTF_NOT_FOUND' })
  })
})
