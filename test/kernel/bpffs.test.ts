import { existsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { createMap, getPinnedObject, pinObject } from '../../src/kernel/bpf_calls.ts'
import { removePin, requireBpfFs } from '../../src/kernel/bpffs.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { bpfFsTest, withBpfFs } from './bpffs_mount.ts'

describe('a directory for pins', () => {
  it.each([tmpdir(), `${tmpdir()}/not-there`, '/not/there', ''])(
    'is refused where it is %j, and nothing is made there',
    (directory) => {
      const error = bpfErrorOf('NO_BPFFS', () => {
        requireBpfFs(directory)
      })
      expect(error.message).toContain('mount -t bpf bpf /sys/fs/bpf')
      expect(existsSync(`${tmpdir()}/not-there`)).toBe(false)
    },
  )

  bpfFsTest('is made in a BPF file system, for its owner alone', () => {
    withBpfFs((mount) => {
      requireBpfFs(`${mount}/mine`)
      requireBpfFs(`${mount}/mine/`)
      expect(statSync(`${mount}/mine`).mode & 0o777).toBe(0o700)
      bpfErrorOf('NO_BPFFS', () => {
        requireBpfFs(`${mount}/a/b`)
      })
    })
  })

  bpfFsTest('keeps what is pinned until the pin is removed, which may be done twice', () => {
    withBpfFs((mount) => {
      const kernel = openKernel()
      const path = `${mount}/map`
      expect(getPinnedObject(kernel, path)).toBeUndefined()
      {
        using map = createMap(kernel, { map_type: 2, key_size: 4, value_size: 4, max_entries: 1 })
        pinObject(kernel, map.fd, path)
      }
      getPinnedObject(kernel, path)?.close()
      expect(existsSync(path)).toBe(true)
      removePin(path)
      removePin(path)
      expect(existsSync(path)).toBe(false)
      bpfErrorOf('NO_BPFFS', () => {
        removePin(mount)
      })
    })
  })
})
