import { describe, expect, it } from 'vitest'
import type { EncodedAttr } from '../../src/abi/encoded_attr.ts'
import { fdNumber } from '../../src/base/units.ts'
import { createKprobeMultiLink, type KprobeSet } from '../../src/kernel/kprobe_multi.ts'
import { FakeKernel } from './fake_kernel.ts'

function created(set: KprobeSet): EncodedAttr {
  const kernel = new FakeKernel()
  let given: EncodedAttr | undefined
  kernel.onBpf = (_, attr) => {
    given = attr
    return kernel.allocate('link')
  }
  createKprobeMultiLink(kernel, { program: fdNumber(3), attachType: 42, at: 'return' }, set).close()
  if (given === undefined) throw new Error('nothing was asked')
  return given
}

describe('createKprobeMultiLink', () => {
  it('gives names as pointers to strings, in the order of the cookies', () => {
    const { bytes, pointers } = created({ by: 'name', names: ['a', 'bc'], cookies: [7n, 9n] })
    expect([...new Uint32Array(bytes.slice(0, 24).buffer)]).toEqual([3, 0, 42, 0, 1, 2])
    const names = pointers.find(({ field }) => field === 'kprobe_multi.syms')
    expect(names?.target).toHaveLength(16)
    expect(names?.pointers?.map(({ offset, target }) => [offset, new TextDecoder().decode(target)])).toEqual([
      [0, 'a\0'],
      [8, 'bc\0'],
    ])
    const cookies = pointers.find(({ field }) => field === 'kprobe_multi.cookies')
    expect([...new BigUint64Array(cookies!.target.slice().buffer)]).toEqual([7n, 9n])
  })

  it('gives addresses as numbers, and no cookies where there are none', () => {
    const { pointers } = created({ by: 'address', addresses: [0xffff_ffff_8100_0000n] })
    expect(pointers.map(({ field }) => field)).toEqual(['kprobe_multi.addrs'])
    expect(new BigUint64Array(pointers[0]!.target.slice().buffer)[0]).toBe(0xffff_ffff_8100_0000n)
  })
})
