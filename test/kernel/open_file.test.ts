import { closeSync, openSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fdNumber } from '../../src/base/units.ts'
import { openFileIdentity } from '../../src/kernel/open_file.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { linuxTest } from './require.ts'

describe('openFileIdentity', () => {
  it('tells one file from another under the same number', () => {
    const first = openSync('/dev/null', 'r')
    const identity = openFileIdentity(first)
    closeSync(first)
    expect(openFileIdentity(first)).toBeUndefined()
    const second = openSync('/', 'r')
    expect(second).toBe(first)
    expect(openFileIdentity(second)).not.toBe(identity)
    closeSync(second)
  })

  it.each([-1, 1_000_000, 1.5])('has none for %d', (fd) => {
    expect(openFileIdentity(fd)).toBeUndefined()
  })

  linuxTest('is the same for every descriptor of a socket, and another for another socket', () => {
    const kernel = openKernel()
    const sockets = [kernel.socket(1, 2, 0), kernel.socket(1, 2, 0)]
    const again = kernel.duplicate(sockets[0]!)
    const [first, second, same] = [...sockets, again].map(openFileIdentity)
    expect(same).toBe(first)
    expect(second).not.toBe(first)
    for (const fd of [...sockets, again]) kernel.close(fdNumber(fd))
  })
})
