import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { observedKernel } from '../../src/kernel/steps.ts'
import { vmlinuxBtfBytes, VMLINUX_BTF_PATH } from '../../src/kernel/vmlinux_btf.ts'
import { failingKernel } from './failing_kernel.ts'
import { FakeKernel } from './fake_kernel.ts'
import { kernelBtfTest } from './require.ts'

const directory = mkdtempSync(join(tmpdir(), 'rawbpf-'))
afterAll(() => {
  rmSync(directory, { recursive: true })
})

const ENODEV = 19
const EACCES = 13

/** A file of `content` on disk, for its size, and in a fake kernel, for its bytes. */
function fakeBtf(content: string, inKernel = content): { fake: FakeKernel; path: string } {
  const path = join(directory, `btf-${content.length}-${inKernel.length}`)
  writeFileSync(path, content)
  return { path, fake: new FakeKernel({ files: { [path]: inKernel } }) }
}
const codeOf = (kernel: Kernel, path: string): string => {
  try {
    vmlinuxBtfBytes(kernel, path)
  } catch (error) {
    if (error instanceof BpfError) return error.code
    throw error
  }
  return 'no error'
}

describe('vmlinuxBtfBytes', () => {
  it('maps the file, once per kernel, and keeps the mapping', () => {
    const { fake, path } = fakeBtf('0123456789')
    const bytes = vmlinuxBtfBytes(fake, path)
    expect(bytes).toHaveLength(10)
    expect(
      vmlinuxBtfBytes(
        observedKernel(fake, () => undefined),
        path,
      ),
    ).toBe(bytes)
    expect(fake.mappings).toBe(1)
    expect(fake.descriptors.size).toBe(0)
  })

  it('reads the file where the kernel does not let it be mapped', () => {
    const { fake, path } = fakeBtf('0123456789')
    const bytes = vmlinuxBtfBytes(failingKernel(fake, { method: 'mmap', errno: ENODEV }), path)
    expect(new TextDecoder().decode(bytes)).toBe('0123456789')
    expect(fake.descriptors.size).toBe(0)
  })

  it('notices a file that ends early, and an empty one', () => {
    const short = fakeBtf('0123456789', '01234')
    expect(codeOf(failingKernel(short.fake, { method: 'mmap', errno: ENODEV }), short.path)).toBe(
      'UNEXPECTED_CONTENT',
    )
    const empty = fakeBtf('')
    expect(codeOf(empty.fake, empty.path)).toBe('UNEXPECTED_CONTENT')
    expect(short.fake.descriptors.size + empty.fake.descriptors.size).toBe(0)
  })

  it('tells a kernel without BTF from one that does not permit it', () => {
    expect(codeOf(new FakeKernel(), VMLINUX_BTF_PATH)).toBe('NO_KERNEL_BTF')
    expect(() => vmlinuxBtfBytes(new FakeKernel())).toThrow('CONFIG_DEBUG_INFO_BTF')
    expect(codeOf(failingKernel(new FakeKernel(), { method: 'open', errno: EACCES }), VMLINUX_BTF_PATH)).toBe(
      'NOT_PERMITTED',
    )
  })

  kernelBtfTest('gives the bytes of the file on the real kernel', () => {
    const bytes = vmlinuxBtfBytes(openKernel())
    expect(Buffer.compare(Buffer.from(bytes), readFileSync(VMLINUX_BTF_PATH))).toBe(0)
  })
})
