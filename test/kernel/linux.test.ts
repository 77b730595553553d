import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { MAP_LOOKUP_ELEM, MAP_UPDATE_ELEM } from '../../src/abi/bpf_attr.ts'
import { encodeAttr } from '../../src/abi/encode_attr.ts'
import { fdNumber } from '../../src/base/units.ts'
import { createMap } from '../../src/kernel/bpf_calls.ts'
import { KernelError } from '../../src/kernel/kernel_error.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { bpfTest, kernelTest, linuxTest } from './require.ts'

const ENOENT = 2
const E2BIG = 7
const BAD_FD = fdNumber(1_000_000)

const kmsgTest = kernelTest('a readable /dev/kmsg', () => {
  openKernel().close(openKernel().open('/dev/kmsg', 0))
  return undefined
})

const errnoOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    if (error instanceof SyscallError) return error.errnoName
    throw error
  }
  return 'no error'
}

describe('openKernel', () => {
  it('refuses other systems and architectures by name', () => {
    const codeAndMessage = (platform: string, arch: string): string => {
      try {
        openKernel({ platform, arch })
      } catch (error) {
        if (error instanceof KernelError) return `${error.code} ${error.message}`
      }
      return 'no error'
    }
    expect(codeAndMessage('darwin', 'arm64')).toMatch(/^UNSUPPORTED_PLATFORM .*darwin/)
    expect(codeAndMessage('linux', 's390x')).toMatch(/^UNSUPPORTED_ARCHITECTURE .*s390x/)
  })

  linuxTest('gives the same kernel every time', () => {
    expect(openKernel()).toBe(openKernel())
  })

  linuxTest('loads koffi only when it is called', () => {
    const script = `
      await import('./src/kernel/linux.ts')
      const loaded = process.report.getReport().sharedObjects.filter((name) => name.includes('koffi'))
      console.log(loaded.length)`
    const output = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script])
    expect(output.toString().trim()).toBe('0')
  })
})

describe('the Linux kernel', () => {
  bpfTest('answers prepared calls with what changed in their buffers, and refusals with the errno', () => {
    const kernel = openKernel()
    using map = createMap(kernel, { map_type: 1, key_size: 4, value_size: 8, max_entries: 1 })
    const [key, value] = [new Uint8Array(4), new Uint8Array(8)]
    const values = { map_fd: map.fd, key, value }
    const update = kernel.prepareBpf(MAP_UPDATE_ELEM.command, encodeAttr(MAP_UPDATE_ELEM, values))
    const lookup = kernel.prepareBpf(MAP_LOOKUP_ELEM.command, encodeAttr(MAP_LOOKUP_ELEM, values))
    expect(lookup.call()).toBe(-ENOENT)
    value.fill(7)
    expect(update.call()).toBe(0)
    value.fill(0)
    expect(lookup.call()).toBe(0)
    expect(value).toEqual(new Uint8Array(8).fill(7))
    key.fill(1)
    expect(update.call()).toBe(-E2BIG)
  })

  linuxTest('opens a process by its number, and refuses one that is not there', () => {
    const kernel = openKernel()
    const fd = kernel.pidfdOpen(process.pid, 0)
    expect(readlinkSync(`/proc/self/fd/${fd}`)).toContain('pidfd')
    kernel.close(fd)
    expect(errnoOf(() => kernel.pidfdOpen(4_194_304, 0))).toMatch(/ESRCH|EINVAL/)
  })

  linuxTest('reads a file through descriptors that are close-on-exec', () => {
    const kernel = openKernel()
    const fd = kernel.open('/proc/sys/kernel/ostype', 0)
    expect(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')).toMatch(/^flags:\s*02\d{6}$/m)
    const buffer = new Uint8Array(16)
    expect(kernel.read(fd, buffer)).toBe(6)
    expect(new TextDecoder().decode(buffer.subarray(0, 6))).toBe('Linux\n')
    expect(kernel.read(fd, buffer)).toBe(0)
    kernel.close(fd)
    expect(() => readlinkSync(`/proc/self/fd/${fd}`)).toThrow('ENOENT')
  })

  linuxTest('turns the errno of each call into an error', async () => {
    const kernel = openKernel()
    const request = { length: 4096, protection: 1, flags: 1, offset: 0 }
    expect(errnoOf(() => kernel.open('/no/such/file', 0))).toBe('ENOENT')
    expect(errnoOf(() => kernel.openat(BAD_FD, 'x', 0))).toBe('EBADF')
    expect(errnoOf(() => kernel.read(BAD_FD, new Uint8Array(1)))).toBe('EBADF')
    expect(errnoOf(() => kernel.ioctl(BAD_FD, 0x2400, 0))).toBe('EBADF')
    expect(errnoOf(() => kernel.mmap(BAD_FD, request))).toBe('EBADF')
    expect(errnoOf(() => kernel.poll([BAD_FD], () => undefined))).toBe('EBADF')
    expect(
      errnoOf(() => {
        kernel.close(BAD_FD)
      }),
    ).toBe('EBADF')
    await expect(kernel.closeAsync(BAD_FD)).rejects.toMatchObject({ errnoName: 'EBADF' })
  })

  linuxTest('closes more descriptors at once than koffi queues calls', async () => {
    const kernel = openKernel()
    const open = Array.from({ length: 300 }, () => kernel.open('/proc/self/exe', 0))
    await Promise.all(open.map((fd) => kernel.closeAsync(fd)))
    const stillOpen = open.filter((fd) => errnoOf(() => kernel.read(fd, new Uint8Array(1))) !== 'EBADF')
    expect(stillOpen).toEqual([])
  })

  linuxTest('cannot watch a plain file, says so, and keeps no descriptor', () => {
    const kernel = openKernel()
    const fd = kernel.open('/proc/self/exe', 0)
    const before = kernel.open('/proc/self/exe', 0)
    kernel.close(before)
    expect(errnoOf(() => kernel.poll([fd], () => undefined))).toBe('EPERM')
    const after = kernel.open('/proc/self/exe', 0)
    expect(after).toBe(before)
    kernel.close(after)
    kernel.close(fd)
  })

  linuxTest('maps a file, and unmaps it once', () => {
    const kernel = openKernel()
    const fd = kernel.open(process.execPath, 0)
    const mapping = kernel.mmap(fd, { length: kernel.pageSize, protection: 1, flags: 2, offset: 0 })
    kernel.close(fd)
    expect([...new Uint8Array(mapping.buffer, 0, 4)]).toEqual([0x7f, 0x45, 0x4c, 0x46])
    mapping.unmap()
    mapping.unmap()
    mapping[Symbol.dispose]()
  })

  kmsgTest(
    'calls back while something is readable, from the event loop only, until it is closed',
    async () => {
      const kernel = openKernel()
      // The kernel's log: reading starts at its oldest record, so there is always something to read.
      const fd = kernel.open('/dev/kmsg', 0)
      let calls = 0
      let inside = true
      const handle = kernel.poll([fd], () => {
        expect(inside).toBe(false)
        calls++
        if (calls === 3) handle.close()
      })
      inside = false
      for (let turn = 0; turn < 100 && calls < 3; turn++) await sleep(10)
      expect(calls).toBe(3)
      await sleep(20)
      expect(calls).toBe(3)
      handle.close()
      handle.ref()
      handle.unref()
      kernel.close(fd)
    },
  )

  kmsgTest('reports what a callback throws as uncaught, and stops the process as Node.js does', () => {
    const script = `
      const { openKernel } = await import('./src/kernel/linux.ts')
      const kernel = openKernel()
      kernel.poll([kernel.open('/dev/kmsg', 0)], () => { throw new Error('from the callback') })`
    const args = ['--import', 'tsx', '--input-type=module', '-e', script]
    const { status, stderr } = spawnSync(process.execPath, args, { timeout: 60_000 })
    expect(stderr.toString()).toContain('from the callback')
    expect(status).toBe(1)
  })

  bpfTest('watches one descriptor twice, and closes descriptors off the event loop', async () => {
    const kernel = openKernel()
    const map = createMap(kernel, { map_type: 27, max_entries: kernel.pageSize })
    const [one, two] = [kernel.poll([map.fd], () => undefined), kernel.poll([map.fd], () => undefined)]
    one.close()
    two.close()
    const path = `/proc/self/fd/${map.fd}`
    expect(readlinkSync(path)).toContain('bpf-map')
    await map.closeAsync()
    expect(() => readlinkSync(path)).toThrow('ENOENT')
  })
})
