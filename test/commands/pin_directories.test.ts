import { existsSync, mkdirSync, mkdtempSync, rmdirSync, writeFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PinDirectories } from '../../src/commands/pin_directories.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { bpfFsTest, withBpfFs } from '../kernel/bpffs_mount.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'

describe('PinDirectories', () => {
  bpfFsTest('removes what it made, and only that, unless all went well', () => {
    withBpfFs((mount) => {
      const old = join(mount, 'old')
      const made = join(mount, 'made')
      mkdirSync(old)
      {
        using directories = new PinDirectories(new FakeKernel(), 'mount')
        directories.require(old, 'make')
        directories.require(made, 'make')
        expect(existsSync(made)).toBe(true)
      }
      expect([existsSync(old), existsSync(made)]).toEqual([true, false])
      {
        using directories = new PinDirectories(new FakeKernel(), 'refuse')
        directories.require(made, 'refuse')
        directories.keep()
      }
      expect(existsSync(made)).toBe(true)
    })
  })

  it('removes a directory that no BPF file system could be mounted on', () => {
    const parent = mkdtempSync(join(tmpdir(), 'rawbpf-directories-'))
    const kernel = failingKernel(new FakeKernel(), { method: 'moveMount', errno: 1 })
    try {
      bpfErrorOf('NO_BPFFS', () => {
        using directories = new PinDirectories(kernel, 'mount')
        directories.require(join(parent, 'new'), 'make')
      })
      expect(existsSync(join(parent, 'new'))).toBe(false)
    } finally {
      rmdirSync(parent)
    }
  })

  it('neither mounts nor makes where it is not to', () => {
    const kernel = failingKernel(new FakeKernel(), { method: 'fsopen', errno: 1 })
    const missing = join(tmpdir(), 'rawbpf-not-there')
    for (const [unmounted, directory] of [
      ['refuse', tmpdir()],
      ['refuse', missing],
      ['mount', missing],
    ] as const) {
      const error = bpfErrorOf('NO_BPFFS', () => {
        using directories = new PinDirectories(kernel, unmounted)
        directories.require(directory, 'refuse')
      })
      expect(error.message).not.toContain('could not be mounted')
      expect(existsSync(missing)).toBe(false)
    }
  })

  it('leaves a directory that somebody has put something into', () => {
    const parent = mkdtempSync(join(tmpdir(), 'rawbpf-directories-'))
    const directory = join(parent, 'new')
    try {
      {
        using directories = new PinDirectories(
          failingKernel(new FakeKernel(), { method: 'fsopen', errno: 1 }),
          'mount',
        )
        bpfErrorOf('NO_BPFFS', () => {
          directories.require(directory, 'make')
        })
        writeFileSync(join(directory, 'file'), '')
      }
      expect(existsSync(directory)).toBe(true)
    } finally {
      rmSync(parent, { recursive: true })
    }
  })
})
