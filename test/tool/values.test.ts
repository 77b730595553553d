import { describe, expect, it } from 'vitest'
import { errno } from '../../src/tool/values.ts'

describe('an error number as the value of an option', () => {
  it('is a name or a number that Linux has', () => {
    expect(['ENOENT', '2', 'EAGAIN', '11'].map(errno.read)).toEqual([2, 2, 11, 11])
  })

  it('is nothing else', () => {
    const texts = ['', '0', '-2', 'enoent', 'ENOENTRY', '4095', '2x', 'toString']
    expect(texts.map(errno.read)).toEqual(texts.map(() => undefined))
  })
})
