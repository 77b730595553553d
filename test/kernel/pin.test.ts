import { existsSync, mkdtempSync, rmdirSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createMap, getPinnedObject } from '../../src/kernel/bpf_calls.ts'
import { ensureBpfFs, isBpfFs } from '../../src/kernel/bpffs.ts'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { pinAll, pinDescriptor, pinPathIn } from '../../src/kernel/pin.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { bpfFsTest, withBpfFs } from './bpffs_mount.ts'
import { failingKernel } from './failing_kernel.ts'
import { FakeKernel } from './fake_kernel.ts'

const ARRAY = { map_type: 2, key_size: 4, value_size: 4, max_entries: 1 }

describe('pinDescriptor', () => {
  bpfFsTest('gives a map a name that outlives its descriptor', () => {
    withBpfFs((mount) => {
      const kernel = openKernel()
      const path = join(mount, 'folder', 'map')
      {
        using map = createMap(kernel, ARRAY)
        pinDescriptor(kernel, map, path)
      }
      const pinned = getPinnedObject(kernel, path)
      expect(pinned).toBeDefined()
      pinned?.close()
    })
  })

  bpfFsTest('says that a name is taken, has a dot, or is no name in a BPF file system', () => {
    withBpfFs((mount) => {
      const kernel = openKernel()
      using map = createMap(kernel, ARRAY)
      const messageAt = (path: string, code = 'PIN_FAILED'): string =>
        bpfErrorOf(code, () => {
          pinDescriptor(kernel, map, path)
        }).message
      pinDescriptor(kernel, map, join(mount, 'map'))
      expect(messageAt(join(mount, 'map'))).toContain('pinned there already')
      expect(messageAt(join(mount, 'map.1'))).toContain('no dots')
      expect(messageAt(join(tmpdir(), 'map'), 'NO_BPFFS')).toContain('mount -t bpf')
    })
  })
})

describe('pinPathIn', () => {
  it('takes names of files only', () => {
    expect(pinPathIn('/sys/fs/bpf/', 'a..b')).toBe('/sys/fs/bpf/a..b')
    for (const name of ['', '.', '..', '../b', 'a/b', '/']) {
      const error = bpfErrorOf('PIN_FAILED', () => pinPathIn('/sys/fs/bpf', name))
      expect(error.message).toContain("it is no file's name")
    }
  })
})

describe('pinAll', () => {
  bpfFsTest('pins all or nothing', () => {
    withBpfFs((mount) => {
      const kernel = openKernel()
      using map = createMap(kernel, ARRAY)
      const object = {
        pin: (path: string) => {
          pinDescriptor(kernel, map, path)
        },
      }
      const paths = ['a', 'b', 'a'].map((name) => ({ path: join(mount, name), object }))
      bpfErrorOf('PIN_FAILED', () => {
        pinAll(paths)
      })
      expect(paths.map(({ path }) => existsSync(path))).toEqual([false, false, false])
      pinAll(paths.slice(0, 2))
      expect(paths.map(({ path }) => existsSync(path))).toEqual([true, true, true])
    })
  })
})

describe('ensureBpfFs', () => {
  bpfFsTest('mounts a BPF file system for its owner alone where there is none, once', () => {
    const parent = mkdtempSync(join(tmpdir(), 'rawbpf-pin-'))
    const directory = join(parent, 'new')
    try {
      ensureBpfFs(openKernel(), directory)
      expect(isBpfFs(directory)).toBe(true)
      ensureBpfFs(openKernel(), directory)
      ensureBpfFs(openKernel(), join(directory, 'below'))
      const mounts = execFileSync('findmnt', ['-rn', '-o', 'TARGET,FSTYPE,OPTIONS', '-T', directory], {
        encoding: 'utf8',
      })
      expect(mounts).toContain('mode=700')
    } finally {
      execFileSync('umount', [directory])
      rmdirSync(directory)
      rmdirSync(parent)
    }
  })

  it.each(['fsopen', 'fsconfigString', 'fsconfigCreate', 'fsmount', 'moveMount'] as const)(
    'closes what it opened and says so where %s is refused',
    (method) => {
      const fake = new FakeKernel()
      const parent = mkdtempSync(join(tmpdir(), 'rawbpf-pin-'))
      try {
        const error = bpfErrorOf('NO_BPFFS', () => {
          ensureBpfFs(failingKernel(fake, { method, errno: 1 }), parent)
        })
        expect(error.message).toContain('could not be mounted')
        expect(fake.descriptors.size).toBe(0)
      } finally {
        rmdirSync(parent)
      }
    },
  )
})

it('does not ask the kernel to pin where there is no BPF file system', () => {
  const kernel = new FakeKernel()
  const descriptor = new FileDescriptor(kernel, kernel.allocate('map'), 'map a')
  bpfErrorOf('NO_BPFFS', () => {
    pinDescriptor(kernel, descriptor, '/not/there/map')
  })
})
