import { spawnSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openKernel } from '../../src/kernel/linux.ts'
import { readMappedFiles } from '../../src/kernel/memory_map.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from './failing_kernel.ts'
import { FakeKernel } from './fake_kernel.ts'
import { linuxTest } from './require.ts'

const TEXT = [
  '7f5c6f5d1000-7f5c6f5d3000 rw-p 001c7000 08:04 21238613      /usr/lib64/libc-2.17.so',
  '7f5c6f5d3000-7f5c6f5d8000 rw-p 00000000 00:00 0 ',
  '7f5c6f5d8000-7f5c6f5d9000 r-xp 00001000 103:01 362990598    /data/a b/libhello.so (deleted)',
  'ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0     [vsyscall]',
  '',
].join('\n')

describe('readMappedFiles', () => {
  it('has what files are mapped to, and nothing else', () => {
    expect(readMappedFiles(new FakeKernel({ files: { '/proc/7/maps': TEXT } }), 7)).toEqual([
      {
        start: 0x7f5c6f5d1000n,
        end: 0x7f5c6f5d3000n,
        isExecutable: false,
        offset: 0x1c7000n,
        identity: '08:04 21238613',
        path: '/usr/lib64/libc-2.17.so',
      },
      {
        start: 0x7f5c6f5d8000n,
        end: 0x7f5c6f5d9000n,
        isExecutable: true,
        offset: 0x1000n,
        identity: '103:01 362990598',
        path: '/data/a b/libhello.so (deleted)',
      },
    ])
  })

  it('says that there is no such process, also where it ends meanwhile', () => {
    expect(bpfErrorOf('NO_SUCH_PROCESS', () => readMappedFiles(new FakeKernel(), 7)).message).toBe(
      'there is no process 7, or no /proc',
    )
    const kernel = failingKernel(new FakeKernel({ files: { '/proc/7/maps': TEXT } }), {
      method: 'read',
      errno: 3,
    })
    bpfErrorOf('NO_SUCH_PROCESS', () => readMappedFiles(kernel, 7))
  })

  linuxTest('finds the code of this process', () => {
    const own = realpathSync(process.execPath)
    const code = readMappedFiles(openKernel(), process.pid).find(
      ({ path, isExecutable }) => path === own && isExecutable,
    )
    expect(code?.end).toBeGreaterThan(code?.start ?? 0n)
  })

  linuxTest('says that a process has ended', () => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    bpfErrorOf('NO_SUCH_PROCESS', () => readMappedFiles(openKernel(), pid))
  })
})
